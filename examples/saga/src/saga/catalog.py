"""What the shop sells. Few articles, so that a label per article stays cheap."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """Something to buy; the price is in cents, the stock in units when the shop first opens."""

    sku: str
    name: str
    price: int
    stock: int


CATALOG = {
    article.sku: article
    for article in (
        Article("mug", "Enamel mug", 1200, 200),
        Article("notebook", "Dotted notebook", 850, 300),
        Article("backpack", "Canvas backpack", 6900, 80),
        Article("lamp", "Desk lamp", 4450, 120),
        Article("headphones", "Headphones", 12900, 60),
    )
}
