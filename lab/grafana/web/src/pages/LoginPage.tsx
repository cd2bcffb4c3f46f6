import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Field, Input, useStyles2 } from '@grafana/ui';
import { type FormEvent, useEffect, useState } from 'react';

import { ApiError, post } from '../api/client';

/** Where to go after signing in: an address of this server alone. */
function destination(): string {
  const asked = new URLSearchParams(location.search).get('redirectTo') ?? '/';
  return asked.startsWith('/') && !asked.startsWith('//') && !asked.startsWith('/\\') ? asked : '/';
}

export default function LoginPage() {
  const styles = useStyles2(getStyles);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    document.title = 'Sign in - Stand-in for Grafana';
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await post('/login', { user: form.get('user'), password: form.get('password') });
      location.assign(destination());
    } catch (problem) {
      setBusy(false);
      setError(problem instanceof ApiError ? problem.message : 'The server could not be reached');
    }
  };

  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={submit}>
        <h1 className={styles.title}>Sign in</h1>
        <p className={styles.hint}>A stand-in for Grafana: same provisioning, same API, same password.</p>
        {error && (
          <Alert title="Login failed" severity="error">
            {error}
          </Alert>
        )}
        <Field label="Email or username">
          <Input name="user" autoComplete="username" autoFocus required />
        </Field>
        <Field label="Password">
          <Input name="password" type="password" autoComplete="current-password" required />
        </Field>
        <Button type="submit" disabled={busy} fullWidth>
          {busy ? 'Signing in…' : 'Log in'}
        </Button>
      </form>
    </main>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', justifyContent: 'center', padding: theme.spacing(8, 2) }),
  card: css({
    width: '100%',
    maxWidth: 400,
    padding: theme.spacing(4),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  title: css({ marginBottom: theme.spacing(1) }),
  hint: css({ color: theme.colors.text.secondary, marginBottom: theme.spacing(2) }),
});
