"""Venous thromboembolism: Wells' scores for deep vein thrombosis and pulmonary embolism.

WellsDvt().generate(rng, 1)    two patients      [3, -1]
WellsPe().generate(rng, 3)     two patients      [4.5, 1.5]
"""

from gen.domains.medicine.base import Values, published
from gen.domains.medicine.findings import Item, Score, Trap


class WellsDvt(Score):
    """Wells' score for deep vein thrombosis."""

    name = "calculators.wells_dvt"
    card = published(0.12, "Wells et al., NEJM 349:1227 (2003), with a previous thrombosis")
    title = "Wells score for deep vein thrombosis (of the version of 2003; one leg is symptomatic)"
    scale = (
        "One point each: active cancer; paralysis, paresis or recent plaster of a leg; bedridden 3 "
        "days or more, or major surgery within 12 weeks; tenderness along the deep veins; whole "
        "leg "
        "swollen; calf at least 3 cm larger than the other; pitting oedema confined to the leg; "
        "collateral superficial veins (not varicose); previous deep vein thrombosis. Minus 2: "
        "another "
        "diagnosis at least as likely."
    )
    items = (
        Item("cancer", 1, ("lung cancer under chemotherapy", "colon cancer in palliative care")),
        Item("paralysis", 1, ("paresis of the leg", "plaster cast on the leg until last week")),
        Item("bed", 1, ("bedridden for the last five days", "hip replacement six weeks ago")),
        Item("tenderness", 1, ("tenderness along the deep veins",)),
        Item("swollen leg", 1, ("the whole leg is swollen",)),
        Item("calf", 1, ("calf 4.5 cm larger than the other",)),
        Item("oedema", 1, ("pitting oedema of this leg only",)),
        Item("collaterals", 1, ("dilated collateral veins that are not varicose",)),
        Item("previous", 1, ("deep vein thrombosis three years ago, confirmed",)),
        Item(
            "alternative",
            -2,
            ("cellulitis is at least as likely", "a ruptured Baker cyst is at least as likely"),
        ),
    )
    traps = (
        Trap("calf 1 cm larger than the other", against="calf"),
        Trap("varicose veins for many years"),
        Trap("ankle sprain in childhood"),
        Trap("sister had a thrombosis"),
        Trap("breast cancer cured 15 years ago", against="cancer"),
        Trap("flew for three hours last month"),
        Trap("appendectomy two years ago"),
        Trap("former smoker"),
        Trap("slept badly"),
        Trap("well hydrated"),
    )


class WellsPe(Score):
    """Wells' score for pulmonary embolism."""

    name = "calculators.wells_pe"
    card = published(0.05, "Wells et al., Thromb Haemost 83:416 (2000)")
    title = "Wells score for pulmonary embolism"
    scale = (
        "Signs of deep vein thrombosis 3; pulmonary embolism the likeliest diagnosis or as likely "
        "as "
        "another 3; heart rate above 100 1.5; immobilised 3 days or more, or surgery within 4 "
        "weeks "
        "1.5; previous thrombosis or embolism 1.5; haemoptysis 1; cancer treated within 6 months "
        "or "
        "palliative 1."
    )
    needs = ("heart rate",)
    ages = (25, 90)
    lazy = ([3, 3], [4.5, 4.5], [1.5, 1.5], [3, 3, 3])
    items = (
        Item("signs", 3, ("swollen, tender calf as in deep vein thrombosis",)),
        Item(
            "likeliest",
            3,
            (
                "pulmonary embolism is the likeliest diagnosis",
                "no other diagnosis is as likely as pulmonary embolism",
            ),
        ),
        Item("immobile", 1.5, ("in bed for the last six days", "knee surgery ten days ago")),
        Item(
            "previous",
            1.5,
            ("pulmonary embolism in 2015, confirmed", "earlier deep vein thrombosis, confirmed"),
        ),
        Item("haemoptysis", 1, ("haemoptysis since yesterday",)),
        Item(
            "cancer",
            1,
            ("chemotherapy for lymphoma last month", "pancreatic cancer in palliative care"),
        ),
    )
    traps = (
        Trap("pneumonia is clearly likelier", against="likeliest"),
        Trap("surgery five months ago"),
        Trap("skin cancer removed eight years ago"),
        Trap("brother had a pulmonary embolism"),
        Trap("nosebleed last week"),
        Trap("anxiety"),
        Trap("asthma since childhood"),
        Trap("former smoker"),
        Trap("long walk yesterday", against="immobile"),
        Trap("mild reflux"),
    )

    def of_values(self, values: Values) -> float:
        """A fast heart."""
        return 1.5 if values["heart rate"] > 100 else 0

    def of_values_again(self, values: Values) -> float:
        """By the RR interval, which is below 0.6 s."""
        return 1.5 * (60 / values["heart rate"] < 0.6)
