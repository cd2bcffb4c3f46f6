"""Does the bucket of `logs.storage.s3` take what Loki brings? Loki itself goes on without it until its volume is full."""

from __future__ import annotations

import re

from obsdeploy.checks.context import Context
from obsdeploy.checks.logs import absent
from obsdeploy.checks.model import Check, Hint, Outcome, failed, passed, skipped, warned
from obsdeploy.errors import ObsdeployError

POD = "loki-0"
MEANINGS = (
    ("AccessDenied", "it refuses these credentials this bucket"),
    ("InvalidAccessKeyId", "it does not know the access key: logs.storage.s3.accessKeySecret"),
    ("SignatureDoesNotMatch", "the secret key is wrong: logs.storage.s3.secretKeySecret"),
    ("NoSuchBucket", "there is no such bucket"),
    ("no such host", "the name of the endpoint does not resolve"),
    ("connection refused", "nothing listens at the endpoint"),
    ("i/o timeout", "no answer: a network policy or firewall drops the packets"),
    ("deadline exceeded", "no answer in time"),
    ("StatusCode: 5", "the store fails"),
)
_ERROR = re.compile(r'err="((?:[^"\\]|\\.)*)"')
_CALL = "operation error S3"


async def bucket(context: Context) -> Outcome:
    """Whether the bucket took what Loki asked of it in the last two minutes."""
    if reason := await absent(context):
        return skipped(reason)
    name = (await context.released()).logs.get("bucket")
    if name is None:
        return skipped("lines are kept on Loki's volume (logs.storage.type is filesystem)")
    # Loki lists its rules there every minute, so two minutes have calls in them even where no line comes. A series that is new
    # counts whole: a counter's first value is no increase.
    calls = await (await context.prometheus()).query(
        'sum by (status_code) (increase(loki_s3_request_duration_seconds_count{operation=~"S3.(List|PutObject)"}[2m]) > 0'
        ' or (loki_s3_request_duration_seconds_count{operation=~"S3.(List|PutObject)"}'
        ' unless loki_s3_request_duration_seconds_count{operation=~"S3.(List|PutObject)"} offset 2m))'
    )
    codes = {str(one["metric"].get("status_code")) for one in calls}
    took = any(code.startswith("2") for code in codes)
    if took and len(codes) == 1:
        return passed(f"bucket {name} takes what Loki brings")
    error = await _last_error(context)
    hint = Hint(
        "Loki keeps lines on its volume until the bucket works; see logs.storage.s3.",
        f"kubectl -n {context.namespace} logs {POD} --tail=20",
        docs="docs/logs.md#volume",
    )
    if took:
        return warned(f"bucket {name} refuses some of what Loki brings: {error}", hint=hint)
    return failed(f"bucket {name} does not take what Loki brings: {error}", hint=hint, temporary=True)


async def _last_error(context: Context) -> str:
    """What Loki's log says of its bucket, now or before its last end."""
    for previous in (False, True):
        try:
            log = await context.kube.logs(context.namespace, POD, "loki", previous=previous, lines=200)
        except ObsdeployError:
            continue
        for line in reversed(log.splitlines()):
            if _CALL in line and (found := _ERROR.search(line)):
                said = found[1][found[1].index(_CALL) :].split("\\n")[0]
                meaning = next((text for sign, text in MEANINGS if sign in said), "")
                return f"{meaning} ({said})" if meaning else said
    return "its log does not say why; is Loki running? See release.workloads"


CHECKS = (Check("logs.bucket", "lines get to their bucket", bucket, needs=("prometheus.ready",)),)
