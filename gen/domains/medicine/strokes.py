"""Atrial fibrillation: the risk of a stroke, and that of bleeding under anticoagulation.

StrokeRisk().generate(rng, 2)     two patients: CHA2DS2-VASc    [4, 1]
BleedingRisk().generate(rng, 4)   three patients: HAS-BLED      [2, 3, 5]
"""

from gen.domains.medicine.assays import DISTRACTORS
from gen.domains.medicine.base import Values, published
from gen.domains.medicine.findings import Item, Score, Trap


class StrokeRisk(Score):
    """CHA2DS2-VASc of patients with atrial fibrillation."""

    name = "calculators.cha2ds2_vasc"
    card = published(0.09, "Lip et al., Chest 137:263 (2010)")
    title = "CHA2DS2-VASc score (all have atrial fibrillation)"
    scale = (
        "Congestive heart failure 1, hypertension 1, age 75 or more 2, diabetes 1, stroke, TIA or "
        "thromboembolism 2, vascular disease (myocardial infarction, peripheral artery disease, "
        "aortic plaque) 1, age 65 to 74 1, female sex 1."
    )
    ages = (45, 92)
    items = (
        Item(
            "heart failure",
            1,
            ("congestive heart failure", "ejection fraction of 30%, in heart failure"),
        ),
        Item("hypertension", 1, ("hypertension, treated with amlodipine", "arterial hypertension")),
        Item("diabetes", 1, ("type 2 diabetes on metformin", "diabetes mellitus on insulin")),
        Item(
            "stroke",
            2,
            ("ischaemic stroke four years ago", "a transient ischaemic attack last year"),
        ),
        Item(
            "vascular",
            1,
            (
                "myocardial infarction in the past",
                "peripheral artery disease",
                "complex aortic plaque",
            ),
        ),
    )
    traps = (
        Trap("mother died of a stroke"),
        Trap("superficial varicose veins"),
        Trap("impaired fasting glucose, no diabetes", against="diabetes"),
        Trap("mild asthma"),
        Trap("gout"),
        Trap("migraine"),
        Trap("hypothyroidism"),
        Trap("ejection fraction of 62%", against="heart failure"),
        Trap("osteoarthritis of the hip"),
        Trap("white-coat effect, normal blood pressure at home", against="hypertension"),
    )

    def of_values(self, values: Values) -> float:
        """Age and sex."""
        return (2 if values["age"] >= 75 else values["age"] >= 65) + values["female"]

    def of_values_again(self, values: Values) -> float:
        """Age bounds passed, and sex."""
        return sum(values["age"] > bound for bound in (64, 74)) + (1 if values["female"] else 0)


class BleedingRisk(Score):
    """HAS-BLED of patients on a vitamin K antagonist."""

    name = "calculators.has_bled"
    card = published(0.13, "Pisters et al., Chest 138:1093 (2010)")
    title = "HAS-BLED score (all take warfarin for atrial fibrillation)"
    scale = (
        "One point each: systolic pressure above 160 mmHg; dialysis, transplant or creatinine "
        "above "
        "2.26 mg/dL; cirrhosis, or bilirubin above twice with transaminases above three times "
        "normal; "
        "stroke; bleeding history or anaemia; labile INR; age above 65; antiplatelets or NSAIDs; "
        "alcohol, 8 or more drinks a week."
    )
    needs = ("systolic blood pressure", "creatinine")
    ranges = (
        ("systolic blood pressure", (110, 205)),
        ("creatinine", (0.6, 3.4)),
    )
    beside = tuple(
        name
        for name in DISTRACTORS
        if name not in ("hemoglobin", "hematocrit", "platelets", "ALT")  # anaemia, or the liver's
    )
    ages = (48, 90)
    items = (
        Item(
            "liver",
            1,
            ("biopsy-proven cirrhosis", "bilirubin three times and ALT four times the upper limit"),
        ),
        Item("stroke", 1, ("ischaemic stroke in the past",)),
        Item("bleeding", 1, ("a major gastrointestinal bleed two years ago", "chronic anaemia")),
        Item("labile INR", 1, ("time in therapeutic range of 41%", "labile INR values")),
        Item("drugs", 1, ("daily aspirin", "ibuprofen most days")),
        Item("alcohol", 1, ("12 alcoholic drinks a week",)),
    )
    traps = (
        Trap("two alcoholic drinks a week", against="alcohol"),
        Trap("paracetamol as needed"),
        Trap("time in therapeutic range of 78%", against="labile INR"),
        Trap("fatty liver with normal enzymes", against="liver"),
        Trap("father had a stroke"),
        Trap("type 2 diabetes"),
        Trap("hay fever"),
        Trap("haemoglobin normal", against="bleeding"),
        Trap("statin therapy"),
        Trap("cataract surgery planned"),
    )

    def of_values(self, values: Values) -> float:
        """Pressure, kidney and age."""
        pressure = values["systolic blood pressure"] > 160
        return pressure + (values["creatinine"] > 2.26) + (values["age"] > 65)

    def of_values_again(self, values: Values) -> float:
        """In kPa and µmol/L, and by counting from 66."""
        pressed = values["systolic blood pressure"] * 0.133322 > 160 * 0.133322
        renal = values["creatinine"] * 88.4 > 200
        return int(pressed) + int(renal) + (1 if values["age"] >= 66 else 0)

    def clear(self, values: Values) -> bool:
        """Clear of 160 mmHg and of 2.26 mg/dL, or 200 µmol/L."""
        pressure, creatinine = values["systolic blood pressure"], values["creatinine"]
        return abs(pressure - 160) > 1 and abs(creatinine - 2.26) > 0.05
