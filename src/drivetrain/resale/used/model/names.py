"""Names of makes and models as the published tables hold them, for forms and for repairing spellings."""

from __future__ import annotations

from collections.abc import Mapping

_UK = {
    "Audi": "A1|A2|A3|A4|A5|A6|A7|A8|Q2|Q3|Q5|Q7|Q8|R8|RS3|RS4|RS5|RS6|RS7|S3|S4|S5|S8|SQ5|SQ7|TT",
    "BMW": (
        "1 Series|2 Series|3 Series|4 Series|5 Series|6 Series|7 Series|8 Series|i3|i8|M2|M3|M4|M5|M6|X1|X2|X3|X4|X5|"
        "X6|X7|Z3|Z4"
    ),
    "Ford": (
        "B-MAX|C-MAX|EcoSport|Edge|Fiesta|Focus|Fusion|Galaxy|Grand C-MAX|Grand Tourneo Connect|KA|Ka+|Kuga|Mondeo|"
        "Mustang|Puma|Ranger|S-MAX|Streetka|Tourneo Connect|Tourneo Custom"
    ),
    "Hyundai": "Accent|Amica|Getz|I10|I20|I30|I40|I800|Ioniq|IX20|IX35|Kona|Santa Fe|Terracan|Tucson|Veloster",
    "Mercedes": (
        "180|200|220|230|A Class|B Class|C Class|CL Class|CLA Class|CLC Class|CLK|CLS Class|E Class|G Class|GL Class|"
        "GLA Class|GLB Class|GLC Class|GLE Class|GLS Class|M Class|R Class|S Class|SL CLASS|SLK|V Class|X-CLASS"
    ),
    "Skoda": "Citigo|Fabia|Kamiq|Karoq|Kodiaq|Octavia|Rapid|Roomster|Scala|Superb|Yeti|Yeti Outdoor",
    "Toyota": (
        "Auris|Avensis|Aygo|C-HR|Camry|Corolla|GT86|Hilux|IQ|Land Cruiser|Prius|PROACE VERSO|RAV4|Supra|"
        "Urban Cruiser|Verso|Verso-S|Yaris"
    ),
    "Vauxhall": (
        "Adam|Agila|Ampera|Antara|Astra|Cascada|Combo Life|Corsa|Crossland X|Grandland X|GTC|Insignia|Kadjar|Meriva|"
        "Mokka|Mokka X|Tigra|Vectra|Viva|Vivaro|Zafira|Zafira Tourer"
    ),
    "Volkswagen": (
        "Amarok|Arteon|Beetle|Caddy|Caddy Life|Caddy Maxi|Caddy Maxi Life|California|Caravelle|CC|Eos|Fox|Golf|"
        "Golf SV|Jetta|Passat|Polo|Scirocco|Sharan|Shuttle|T-Cross|T-Roc|Tiguan|Tiguan Allspace|Touareg|Touran|Up"
    ),
}
_AU = {
    "Abarth": "595|695",
    "Alfa Romeo": "156|159|Giulietta|Mito|Stelvio",
    "Aston Martin": "DB9|DBX|Vantage",
    "Audi": "A1|A3|A4|A5|A6|A7|A8|E-Tron|Q2|Q3|Q5|Q7|Q8|R8|RS|RS3|RS4|RS5|RS6|S3|S4|S5|SQ2|SQ5|SQ7|SQ8|TT",
    "Bentley": "Arnage|Continental|Flying|Mulsanne",
    "BMW": (
        "1|116I|118D|118I|120D|120I|125I|128TI|135I|2|2002|218D|218I|220I|225I|228I|230I|3|316I|318I|320CI|320D|320I|"
        "323I|325I|328I|330CI|330D|330I|335I|340I|4|420D|420I|428I|430I|435I|5|520D|520I|525I|530D|530E|530I|6|7|"
        "730D|740I|740LI|8|Alpina|IX|M135I|M140I|M2|M235I|M240I|M3|M340I|M4|M440I|M5|M6|M8|X1|X2|X3|X4|X5|X6|X7|Z4"
    ),
    "BYD": "Atto|T3",
    "Caterham": "Seven",
    "Chery": "J3|Omoda5",
    "Chevrolet": "Corvette|Silverado",
    "Chrysler": "300|300C|Grand|PT|Sebring",
    "Citroen": "Berlingo|C3|C4|C5|DS3|DS4|Grand",
    "Cupra": "Ateca|Born|Formentor|Leon",
    "Daewoo": "Lanos",
    "Daihatsu": "Hijet|Midget",
    "Datsun": "Stanza",
    "Dodge": "Journey|Nitro|Viper",
    "Ferrari": "250|360|812|California|F430|GTC4",
    "Fiat": "500|Doblo|Ducato|Freemont|Panda|Punto|Scudo",
    "Ford": (
        "Courier|Ecosport|Endura|Escape|Everest|F|F250|Fairlane|Fairmont|Falcon|Fiesta|Focus|FPV|Kuga|Laser|Maverick|"
        "Mondeo|Mustang|Puma|Ranger|Territory|Transit"
    ),
    "Foton": "Tunland",
    "FPV": "F6|GS|GT|Pursuit",
    "Geely": "MK",
    "Genesis": "G70|G80|GV70|GV80",
    "Great Wall": "SA220|Steed|V200|V240|X200|X240",
    "GWM": "Haval|ORA|Steed|Tank|UTE|V240|X200",
    "Haval": "H2|H6|H8|H9|Jolion",
    "Hino": "300|500|700",
    "Holden": (
        "Acadia|Adventra|Astra|Barina|Berlina|Calais|Caprice|Captiva|Cascada|Colorado|Combo|Commodore|Crewman|Cruze|"
        "Epica|Equinox|Jackaroo|Malibu|Monaro|Rodeo|Spark|Statesman|Trailblazer|Trax|UTE|Vectra|Viva"
    ),
    "Honda": "Accord|City|Civic|CR-V|Fit|HR-V|Integra|Jazz|Odyssey|Other|Vezel|ZR-V",
    "HSV": "Clubsport|Colorado|Coupe|Grange|GTS|Gtsr|Maloo|Senator",
    "Hummer": "H2",
    "Hyundai": (
        "Accent|Elantra|Genesis|Getz|I20|I30|I40|I45|Iload|Imax|Ioniq|IX35|Kona|Palisade|Santa|Sonata|Staria|"
        "Terracan|Trajet|Trucks|Tucson|Veloster|Venue"
    ),
    "Ineos": "Grenadier",
    "Infiniti": "Q50|Q60",
    "International": "Prostar",
    "Isuzu": "D-MAX|FRD|FRR|FSR|FTS|FVD|FYX|MU-X|NLR|NLS|NMR|NNR|NPR|NQR",
    "Iveco": "Daily|Eurocargo|Stralis",
    "Jaguar": "E-Pace|F-Pace|F-Type|I-Pace|X|XE|XF|XJ|XJ8|Xjsc|XKR",
    "Jeep": "Cherokee|Commander|Compass|Gladiator|Grand|Patriot|Renegade|Wrangler",
    "Kia": (
        "Carnival|Cerato|EV6|Grand|K2700|Niro|Optima|Picanto|RIO|Rondo|Seltos|Sorento|Soul|Spectra|Sportage|Stinger|Stonic"
    ),
    "Lamborghini": "Aventador|Urus",
    "Land Rover": "Defender|Discovery|Freelander|Range Rover",
    "LDV": "D90|Deliver|Edeliver|G10|G10+|Mifa|T60|V80",
    "Lexus": (
        "CT|CT200H|ES250|ES300|ES300H|GS|GS350|GS450H|HS|IS200T|IS250|IS300|IS300H|IS350|LC500|LS460|LS500H|LX470|"
        "LX500D|LX570|LX600|NX|NX200T|NX250|NX300|NX300H|NX350|NX350H|Other|RC|RC200T|RC350|RX|RX270|RX300|RX330|"
        "RX350|RX350L|RX450H|RX450HL|RX500H|SC430|UX|UX200"
    ),
    "Lotus": "Elise|Evora",
    "Mahindra": "PIK-UP|Scorpio-N|XUV500",
    "Maserati": "Ghibli|Grancabrio|Granturismo|Levante",
    "Mazda": (
        "121|2|3|323|6|Axela|B2500|B4000|BT-50|CX-3|CX-30|CX-5|CX-60|CX-7|CX-8|CX-9|CX-90|CX30|E2000|Mazda3|MPV|"
        "MX-30|MX-5|RX-8|SP23|Tribute"
    ),
    "McLaren": "540C|570S|600LT|720S",
    "Mercedes-Benz": (
        "190|420|560|A-CLASS|A170|A180|A200|A250|A35|A45|AMG|B-Class|B180|B200|B250|C-CLASS|C180|C200|C220|C230|C250|"
        "C300|C320|C350|C43|C63|CLA|CLA200|CLA250|CLA35|CLA45|CLC200|CLK-Class|CLK320|CLS250|CLS350|CLS500|E-CLASS|"
        "E200|E220|E250|E300|E350|E400|E500|E53|E55|EQA|EQB|EQC|EQS53|G-Class|G350|G63|GL-Class|GL320|GL500|GL63|GLA|"
        "GLA180|GLA200|GLA220|GLA250|GLA35|GLA45|GLB|GLC|GLC200|GLC220|GLC250|GLC300|GLC350|GLC43|GLC63|GLE|GLE250|"
        "GLE300|GLE350|GLE400|GLE43|GLE450|GLE63|GLS|GLS350|GLS500|M-Class|Maybach|ML250|ML300|ML320|ML350|ML400|"
        "ML500|ML63|R-Class|R300|R320|S-Class|S350|S430|S450|S450L|S63|SL350|SL500|SL55|SLC|SLK350|Sprinter|V|V250|"
        "Valente|Viano|Vito|X250|X350"
    ),
    "MG": "3|6|F|HS|MG3|MG6|ZS|ZST",
    "Mini": "3D|5D|Clubman|Convertible|Cooper|Cooper_Countryman|Countryman|Coupe|Roadster",
    "Mitsubishi": (
        "380|Airtrek|ASX|Challenger|Delica|Eclipse|Express|Fuso|Lancer|Magna|Mirage|Outlander|Pajero|Triton|Verada"
    ),
    "Nissan": (
        "180|350Z|370Z|Almera|Altima|Caravan|Cube|Dualis|E20|Elgrand|GT-R|Juke|Leaf|Maxima|Micra|Murano|Navara|Note|"
        "Pathfinder|Patrol|Pulsar|Qashqai|Serena|Silvia|Skyline|Stagea|Tiida|X-Trail|Z"
    ),
    "Opel": "Astra|Corsa",
    "Packard": "120",
    "Peugeot": "2008|207|208|3008|307|308|4008|407|5008|508|Expert|RCZ",
    "Polestar": "2",
    "Porsche": "718|911|Boxster|Cayenne|Cayman|Macan|Panamera|Taycan",
    "Ram": "1500|2500",
    "Renault": "Arkana|Captur|Clio|Kangoo|Koleos|Laguna|Master|Megane|Trafic",
    "Rolls-Royce": "Ghost",
    "Rover": "Mini",
    "Saab": "3-Sep",
    "Skoda": "Fabia|Kamiq|Karoq|Kodiaq|Octavia|Roomster|Scala|Superb",
    "Smart": "Fortwo",
    "Ssangyong": "Actyon|Korando|Musso|Rexton|Stavic",
    "Subaru": "BRZ|Forester|Impreza|Legacy|Levorg|Liberty|Outback|Sambar|Tribeca|WRX|XV",
    "Suzuki": "Alto|Baleno|Carry|Celerio|Every|Grand|Ignis|Jimny|Kizashi|S-Cross|Sierra|Swift|SX4|Vitara|XL-7",
    "Tata": "Xenon",
    "Tesla": "Model",
    "Toyota": (
        "86|Alphard|Altezza|Aurion|Avalon|Avensis|C-HR|Caldina|Camry|Celica|Century|Corolla|Crown|Echo|Estima|FJ|"
        "Fortuner|GR|GR86|Granvia|HiAce|Hilux|Kluger|Land|Landcruiser|Mark|Mr|Noah|Other|Prius|Prius-C|Ractis|Rav|"
        "RAV4|Sai|Supra|Tarago|Tundra|Vellfire|Voxy|Yaris"
    ),
    "Volkswagen": (
        "Amarok|Arteon|Beetle|Caddy|California|Caravelle|CC|Crafter|EOS|Golf|Jetta|Multivan|Passat|Polo|Scirocco|"
        "T-Cross|T-ROC|Tiguan|Touareg|Transporter"
    ),
    "Volvo": "C30|C40|S60|V40|V50|V60|Xc|XC40|XC60|XC70|XC90",
}
_IN = {
    "Audi": "A3|A4|A6|A8|Q2|Q3|Q5|Q7|Q8|RS5",
    "BMW": "2|3-Series|5-Series|6-Series|7-Series|X1|X3|X4|X5|X6|X7",
    "Chevrolet": "Beat|Captiva|Cruze|Sail|Spark",
    "Datsun": "Go|Redigo",
    "Ferrari": "488",
    "Fiat": "Linea|Punto",
    "Ford": "Aspire|Ecosport|Endeavour|Fiesta|Figo|Mustang",
    "Honda": "Accord|Amaze|BR-V|Brio|City|Civic|CR-V|Jazz|Mobilio|WR-V",
    "Hyundai": (
        "Accent|Alcazar|Creta|Elantra|Elite i20|Eon|Grand i10|i10|i20|Santa Fe|Santro|Tucson|Venue|Verna|Xcent"
    ),
    "Isuzu": "MU-X",
    "Jaguar": "F-Pace|XE|XF|XJ",
    "Jeep": "Compass|Wrangler",
    "Kia": "Carnival|Seltos|Sonet",
    "Lamborghini": "Huracan",
    "Land Rover": "Discovery|Evoque|Range Rover",
    "Lexus": "ES|NX",
    "Mahindra": "Alturas|Bolero|KUV100|Quanto|Scorpio|Thar|TUV300|XUV300|XUV500|XUV700|Xylo",
    "Maruti Suzuki": (
        "Alto|Baleno|Celerio|Ciaz|DZire|Eeco|Ertiga|Estilo|Ignis|Ritz|S-Cross|S-Presso|Swift|Swift DZire|SX4|Vitara|"
        "Wagon R|XL6|Zen"
    ),
    "Mercedes-Benz": (
        "A-Class|B-class|C-Class|CLA|CLS|E-Class|GL-Class|GLA|GLC|GLE|GLS|M-Class|S-Class|SLK-Class|V-Class"
    ),
    "MG": "Astor|Gloster|Hector|ZS",
    "MINI": "Cooper|Countryman",
    "Mitsubishi": "Pajero",
    "Nissan": "Magnite|Sunny|Teana|Terrano",
    "Porsche": "718|911|Cayenne|Macan|Panamera",
    "Renault": "Duster|Fluence|Kiger|Kwid|Pulse",
    "Rolls-Royce": "Ghost",
    "Skoda": "Fabia|Kodiaq|Kushaq|Octavia|Rapid|Superb",
    "Ssangyong": "Rexton",
    "Tata": "Altroz|Grande|Harrier|Hexa|Nano|Nexon|Safari|Tiago|Tigor|Zest",
    "Toyota": "Camry|Commuter|Corolla|Etios|Fortuner|Glanza|Innova|Vellfire|Yaris",
    "Volkswagen": "Ameo|Polo|Taigun|Tiguan|Vento",
    "Volvo": "S60|S90|V40|XC40|XC60|XC90",
}

MODELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    code: {make: tuple(models.split("|")) for make, models in names.items()}
    for code, names in (("uk", _UK), ("au", _AU), ("in", _IN))
}
"""By the code of the country, models by their makes."""
