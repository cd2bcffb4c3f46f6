/** Talks to the stand-in's HTTP API, the same that `obsdeploy verify` and any client of Grafana use. */

declare global {
  interface Window {
    __early?: Record<string, Promise<Response> | number>;
  }
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: unknown
  ) {
    super(message);
  }
}

function toSignIn(): never {
  const here = location.pathname + location.search;
  location.assign(`/login?redirectTo=${encodeURIComponent(here)}`);
  throw new ApiError(401, 'Unauthorized', null);
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(response.status, `not JSON: ${text.slice(0, 200)}`, text);
  }
  if (response.status === 401 && location.pathname !== '/login') {
    toSignIn();
  }
  if (!response.ok) {
    const message = (body as { message?: string } | null)?.message ?? response.statusText;
    throw new ApiError(response.status, message, body);
  }
  return body as T;
}

/** GET, using the request that index.html sent ahead if there is one. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const early = window.__early?.[path];
  if (early instanceof Promise) {
    delete window.__early![path];
    return read<T>(await early);
  }
  return read<T>(await fetch(path, { signal }));
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return read<T>(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal }));
}
