"""What dealers call the columns of their tables, and the words in them: offered to whoever maps a table, never taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HEADINGS: Mapping[str, Sequence[str]] = {
    "make": ("brand", "manufacturer", "Marke", "Hersteller", "marque"),
    "model": ("Modell", "modèle"),
    "variant": ("trim", "version", "derivative", "Ausstattung", "finition"),
    "year": ("registration year", "model year", "Baujahr", "Erstzulassung", "année"),
    "distance": (
        "mileage",
        "odometer",
        "kilometers",
        "miles",
        "Kilometerstand",
        "Laufleistung",
        "kilométrage",
    ),
    "distance_unit": ("mileage unit", "odometer unit"),
    "price": ("asking price", "retail price", "Preis", "Verkaufspreis", "prix"),
    "currency": ("price currency", "Währung", "devise"),
    "fuel": ("fuel type", "Kraftstoff", "Kraftstoffart", "carburant", "énergie"),
    "gearbox": ("transmission", "Getriebe", "boîte de vitesses", "boîte"),
    "engine_size_l": ("engine size", "displacement", "Hubraum", "cylindrée"),
    "power_kw": ("power", "kW", "Leistung", "puissance"),
    "drive": ("drivetrain", "drive type", "Antrieb", "transmission aux roues"),
    "body": ("body type", "body style", "Karosserie", "Aufbau", "carrosserie"),
    "color": ("colour", "exterior color", "Farbe", "Außenfarbe", "couleur"),
    "doors": ("Türen", "portes"),
    "seats": ("Sitze", "Sitzplätze", "places", "sièges"),
    "owners": ("previous owners", "Vorbesitzer", "Halter", "propriétaires"),
    "equipment": ("features", "options", "Extras", "équipement", "équipements"),
    "place": ("location", "town", "city", "Ort", "Standort", "ville"),
    "country": ("Land", "pays"),
    "latitude": ("lat",),
    "longitude": ("lon", "lng"),
    "description": ("comments", "text", "Beschreibung", "Bemerkung"),
    "vin": ("vehicle identification number", "chassis number", "FIN", "Fahrgestellnummer", "numéro de série"),
    "reference": (
        "stock number",
        "stock id",
        "internal number",
        "Fahrzeugnummer",
        "Interne Nummer",
        "référence",
    ),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "distance_unit": {"kilometer": "km", "kilomètres": "km", "Meilen": "miles", "m": "miles"},
    "currency": {"€": "EUR", "Euro": "EUR", "£": "GBP", "Pfund": "GBP", "₹": "INR", "Fr.": "CHF"},
    "fuel": {
        **{"Benzin": "petrol", "Super": "petrol", "essence": "petrol", "gazole": "diesel"},
        **{"Elektro": "electric", "électrique": "electric", "Strom": "electric", "Hybrid (Benzin)": "hybrid"},
        **{"hybride": "hybrid", "hybride rechargeable": "plug_in_hybrid", "Plug-in-Hybrid": "plug_in_hybrid"},
        **{"Autogas": "lpg", "GPL": "lpg", "Erdgas": "cng", "GNV": "cng", "Wasserstoff": "hydrogen"},
    },
    "gearbox": {
        **{"Schaltgetriebe": "manual", "Schaltung": "manual", "manuelle": "manual", "manuell": "manual"},
        **{"Automatik": "automatic", "Automatikgetriebe": "automatic", "automatique": "automatic"},
        **{"Halbautomatik": "semi_automatic", "robotisée": "semi_automatic", "DSG": "automatic"},
    },
    "drive": {
        **{"Frontantrieb": "front", "Vorderrad": "front", "traction": "front", "Heckantrieb": "rear"},
        **{"Hinterrad": "rear", "propulsion": "rear", "Allrad": "all", "intégrale": "all", "quattro": "all"},
    },
    "body": {
        **{"Geländewagen": "suv", "4x4": "suv", "Kleinwagen": "hatchback", "citadine": "hatchback"},
        **{"Limousine": "sedan", "berline": "sedan", "Kombi": "wagon", "break": "wagon", "Coupé": "coupe"},
        **{"Cabrio": "convertible", "cabriolet": "convertible", "Kastenwagen": "van", "fourgon": "van"},
        **{
            "Transporter": "van",
            "Pritsche": "pickup",
            "monospace": "people_mover",
            "Van/Minibus": "people_mover",
        },
    },
    "color": {
        **{"schwarz": "black", "noir": "black", "weiß": "white", "blanc": "white", "silber": "silver"},
        **{"argent": "silver", "grau": "gray", "gris": "gray", "blau": "blue", "bleu": "blue", "rot": "red"},
        **{"rouge": "red", "grün": "green", "vert": "green", "gelb": "yellow", "jaune": "yellow"},
        **{"braun": "brown", "marron": "brown", "gold": "gold", "lila": "purple", "bronze": "bronze"},
    },
    "equipment": {
        **{
            "Klimaanlage": "air_conditioning",
            "Klimaautomatik": "air_conditioning",
            "climatisation": "air_conditioning",
        },
        **{
            "Navi": "navigation",
            "Navigationssystem": "navigation",
            "GPS": "navigation",
            "Tempomat": "cruise_control",
        },
        **{
            "Einparkhilfe": "parking_sensors",
            "Rückfahrkamera": "reversing_camera",
            "Sitzheizung": "heated_seats",
        },
        **{
            "Leder": "leather_seats",
            "cuir": "leather_seats",
            "Schiebedach": "sunroof",
            "Alufelgen": "alloy_wheels",
        },
        **{
            "jantes alliage": "alloy_wheels",
            "Anhängerkupplung": "tow_bar",
            "attelage": "tow_bar",
            "AHK": "tow_bar",
        },
        **{
            "LED": "led_lights",
            "Winterreifen": "winter_tires",
            "Dachreling": "roof_rails",
            "CarPlay": "apple_carplay",
        },
    },
}
