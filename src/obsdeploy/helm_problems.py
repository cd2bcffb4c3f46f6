"""What Helm writes to stderr, turned into errors that say what to do. Helm has no error codes; its words are all there is."""

import re

from obsdeploy.errors import EnvironmentProblem, ObsdeployError, UsageProblem

OWNED_BY_OTHER = re.compile(r'(?P<kind>\w+) "(?P<name>[^"]+)" in namespace "(?P<namespace>[^"]*)" exists and cannot be imported')
OWNER = re.compile(r'"meta\.helm\.sh/release-(?P<what>name|namespace)"\s*:?\s*must[^:]*: current value is "(?P<value>[^"]+)"')
FORBIDDEN = re.compile(r'(?P<what>[\w./-]+(?: "[^"]*")?) is forbidden: User "(?P<user>[^"]*)" cannot (?P<action>[^;:\n]+)')
VALIDATION = re.compile(r"execution error at \([^)]*\): (?P<text>.+)", re.DOTALL)


def is_not_found(stderr: str) -> bool:
    """Whether Helm says that there is no such release."""
    return "release: not found" in stderr.lower()


def explain(doing: str, stderr: str) -> ObsdeployError:
    """The error for a call of Helm that failed while `doing` something; Helm's whole output goes along as a note."""
    problem = _recognised(doing, stderr) or EnvironmentProblem(
        f"Helm could not {doing}: {_reason(stderr)}", hint="Run again with -v for all that Helm said."
    )
    problem.add_note(stderr.strip())
    return problem


def _recognised(doing: str, stderr: str) -> ObsdeployError | None:
    if owned := OWNED_BY_OTHER.search(stderr):
        return _owned_by_other(owned, stderr)
    if forbidden := FORBIDDEN.search(stderr):
        return EnvironmentProblem(
            f"missing permission: {forbidden['user']} cannot {forbidden['action'].strip()}",
            hint="Ask for that permission, or use an account that has it: --context NAME.",
        )
    if validation := VALIDATION.search(stderr):
        return UsageProblem(validation["text"].strip(), hint="Change it in obsdeploy.yaml (or the flag), then run this again.")
    return _by_phrase(doing, stderr)


def _by_phrase(doing: str, stderr: str) -> ObsdeployError | None:
    text = stderr.lower()
    if "another operation (install/upgrade/rollback) is in progress" in text:
        return EnvironmentProblem(
            f"Helm could not {doing}: another operation on it is in progress",
            hint="Wait until it has ended. If none is running, 'obsdeploy up' again recovers from it.",
        )
    if "don't meet the specifications of the schema" in text:
        return UsageProblem(
            f"the values don't fit the chart's schema: {_after(stderr, 'in the following chart(s):')}",
            hint="See 'values:' in obsdeploy.yaml; 'obsdeploy render' prints the values as they are now.",
        )
    if "cluster unreachable" in text or "connection refused" in text or "i/o timeout" in text:
        return EnvironmentProblem(
            f"Helm could not {doing}: the API server does not answer ({_reason(stderr)})", hint="See: obsdeploy status"
        )
    return None


def _owned_by_other(owned: re.Match[str], stderr: str) -> EnvironmentProblem:
    what = f'{owned["kind"]} "{owned["name"]}"'
    owner = {found["what"]: found["value"] for found in OWNER.finditer(stderr)}
    whose = f"it belongs to release {owner['name']}" if "name" in owner else "it was not made by Helm"
    return EnvironmentProblem(
        f"{what} is in namespace {owned['namespace']} already, and {whose}; nothing was changed",
        hint=f"Install beside it with 'obsdeploy up --namespace OTHER', or let obsdeploy take it over: {adopt_command(owned)}",
    )


def adopt_command(owned: re.Match[str]) -> str:
    """The commands that hand an object over to our release."""
    target = f"{owned['kind'].lower()} {owned['name']} -n {owned['namespace']}"
    return (
        f"kubectl annotate --overwrite {target} meta.helm.sh/release-name=obs "
        f"meta.helm.sh/release-namespace={owned['namespace']} && "
        f"kubectl label --overwrite {target} app.kubernetes.io/managed-by=Helm"
    )


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return re.sub(r"^(Error|ERROR):\s*", "", (errors or lines or ["it gave no reason"])[-1])


def _after(stderr: str, word: str) -> str:
    return " ".join(stderr.split(word, 1)[-1].split())[:400]
