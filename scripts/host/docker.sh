#!/bin/bash
# Sees to it that docker works: scripts/host/docker.sh ensure|status|stop
#
# As root on Debian `ensure` installs Debian's docker.io if there is none, and starts dockerd by hand where there is
# no systemd. On any other machine it changes nothing: it names what is missing, and how to get it, and exits 3.
# Set OBSDEPLOY_DOCKER_DATA for a data root other than docker's own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${XDG_CACHE_HOME:-$HOME/.cache}/obsdeploy/docker
log=$state/dockerd.log
pid_file=$state/dockerd.pid
run=${OBSDEPLOY_DOCKER_RUN:-/var/run}
start_timeout=60
missing_environment=3
sys_resource_bit=24

say() { printf 'docker: %s\n' "$*"; }
fail() {
    printf 'docker: %s\n' "$@" >&2
    exit "$missing_environment"
}

answers() { command -v docker >/dev/null && timeout 10 docker version >/dev/null 2>&1; }
# Sockets of docker's own default only: a DOCKER_HOST or a context elsewhere is the user's business.
is_ours_to_start() { [[ -z ${DOCKER_HOST:-} ]]; }
is_debian_root() { [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null && grep -qx 'ID=debian' /etc/os-release; }
has_systemd() { [[ -d /run/systemd/system ]]; }
lacks_sys_resource() {
    local bounding
    bounding=$(awk '/^CapBnd:/ {print $2}' /proc/self/status)
    (((0x$bounding >> sys_resource_bit & 1) == 0))
}
# A dead process that nobody reaps (a container's PID 1 may not) counts as gone.
is_alive() { [[ $(awk '{print ($3 != "Z")}' "/proc/$1/stat" 2>/dev/null) == 1 ]]; }
is_running() { is_alive "$1" && [[ $(cat "/proc/$1/comm") == "$2" ]]; }

explain_what_is_missing() {
    if command -v docker >/dev/null; then
        fail "the docker command is there, but no docker engine answers (docker version)." \
            "Start it: 'systemctl start docker', Docker Desktop, or 'colima start'; then run this again."
    fi
    fail "there is no docker on this machine." \
        "Install it: https://docs.docker.com/engine/install/ (Debian: 'apt-get install docker.io' as root); then run this again."
}

install_packages() {
    local packages=(docker.io iptables)
    say "installing Debian's docker.io (there is no docker engine here)"
    {
        apt-get update
        # Since Debian 13 the docker command is a package of its own.
        ! apt-cache show docker-cli >/dev/null 2>&1 || packages+=(docker-cli)
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
    } >"$state/install.log" 2>&1 || fail "apt-get could not install docker.io: $(tail -n 3 "$state/install.log")" \
        "Full log: $state/install.log"
}

install_runtime_wrapper() {
    say "this machine has no CAP_SYS_RESOURCE: containers run without asking for it"
    install -m 0755 "$here/runc-without-sys-resource" "$state/runc-without-sys-resource"
}

# Where /run outlives a crash or a reboot, the number in a pid file may be anybody's by now: dockerd would take that
# process for itself, or for its containerd.
forget_stale_pid_file() {
    local file=$1 program=$2 pid
    pid=$(cat "$file" 2>/dev/null) || return 0
    is_running "$pid" "$program" || rm -f "$file"
}

start_by_hand() {
    local options=() pid
    [[ -z ${OBSDEPLOY_DOCKER_DATA:-} ]] || options+=(--data-root "$OBSDEPLOY_DOCKER_DATA")
    if lacks_sys_resource; then
        install_runtime_wrapper
        options+=(--add-runtime "without-sys-resource=$state/runc-without-sys-resource" --default-runtime without-sys-resource)
    fi
    forget_stale_pid_file "$run/docker.pid" dockerd
    forget_stale_pid_file "$run/docker/containerd/containerd.pid" containerd
    say "starting dockerd by hand (no systemd here); its log: $log"
    # Its own session and no open lock: it outlives this shell, and nobody waits for a lock that it would hold.
    setsid nohup dockerd "${options[@]}" </dev/null >"$log" 2>&1 9>&- &
    pid=$!
    echo "$pid" >"$pid_file"
    await_answer "$pid"
}

await_answer() {
    local deadline=$((SECONDS + start_timeout))
    until answers; do
        is_alive "$1" || fail "dockerd stopped at once: $(tail -n 3 "$log")" "Full log: $log"
        ((SECONDS < deadline)) || fail "dockerd does not answer after $start_timeout s: $(tail -n 3 "$log")" "Full log: $log"
        sleep 0.2
    done
}

start_with_systemd() {
    ! lacks_sys_resource || fail "this machine has systemd but no CAP_SYS_RESOURCE, which is not supported." \
        "Start docker yourself with $here/runc-without-sys-resource as its default runtime."
    say "starting docker with systemd"
    systemctl start docker || fail "systemctl could not start docker." "See: journalctl -u docker"
}

ensure() {
    if answers; then
        status
        return
    fi
    is_ours_to_start || fail "no docker engine answers at DOCKER_HOST=$DOCKER_HOST." "Start it, or unset DOCKER_HOST."
    is_debian_root || explain_what_is_missing
    mkdir -p "$state"
    exec 9>"$state/lock"
    flock 9
    if ! answers && ! { command -v dockerd && command -v docker; } >/dev/null; then
        install_packages
    fi
    if ! answers; then
        if has_systemd; then start_with_systemd; else start_by_hand; fi
    fi
    status
}

status() {
    answers || explain_what_is_missing
    say "ready: engine $(docker version --format '{{.Server.Version}}'), $(docker info --format '{{.Driver}}, cgroup v{{.CgroupVersion}}, runtime {{.DefaultRuntime}}, data in {{.DockerRootDir}}')"
}

stop() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null || true)
    if [[ -z $pid ]] || ! is_running "$pid" dockerd; then
        say "no dockerd was started here: nothing to stop"
        return
    fi
    kill "$pid"
    while is_alive "$pid"; do sleep 0.1; done
    rm -f "$pid_file"
    say "stopped"
}

case ${1:-} in
    ensure | status | stop) "$1" ;;
    *)
        echo "usage: docker.sh ensure|status|stop" >&2
        exit 2
        ;;
esac
