"""How much the customers do, and what."""

from dataclasses import dataclass, field

from saga.config import FromEnv

# How often each journey comes in one round. A round is shuffled and walked through before the next one starts, so that
# each journey comes for certain: at the default rate a round takes about 40 s.
DEFAULT_MIX = {
    "buy": 21,
    "browse": 5,
    "abandon": 2,
    "payment-declined": 1,
    "payment-flaky": 1,
    "out-of-stock": 1,
    "shipping-unavailable": 1,
    "refund-refused": 1,
    "slow": 1,
    "inventory-error": 1,
    "lost": 1,
}


@dataclass(frozen=True)
class LoadSettings(FromEnv):
    """Settings of the load generator. `mix` changes the default one: `buy=30,slow=0`; times are in seconds."""

    rate: float = 5.0  # requests per second, on average
    mix: str = ""
    think_time: float = 1.0  # between placing an order and looking how it went
    request_timeout: float = 10.0
    most_at_once: int = 200  # journeys under way; further arrivals are turned away, and counted
    host: str = "0.0.0.0"
    metrics_port: int = 9464
    log_level: str = "info"
    round: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"RATE must be above 0, not {self.rate:g}")
        object.__setattr__(self, "round", parse_mix(self.mix))


def parse_mix(changes: str) -> dict[str, int]:
    """The default mix with the changes made; raises ValueError naming what is wrong."""
    mix = dict(DEFAULT_MIX)
    for entry in filter(None, (part.strip() for part in changes.split(","))):
        name, _, count = entry.partition("=")
        if name not in mix:
            raise ValueError(f"MIX names an unknown journey {name!r}; there are {', '.join(mix)}")
        if not count.isdecimal():
            raise ValueError(f"MIX must say how often {name} comes, as a whole number, not {count!r}")
        mix[name] = int(count)
    if not any(mix.values()):
        raise ValueError("MIX leaves no journey to make")
    return mix
