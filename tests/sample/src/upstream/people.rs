//! Invented people, places and companies that the upstream records are made of.

/// A person: first name, last name, and how an e-mail address spells them.
pub(super) const PEOPLE: [(&str, &str, &str); 36] = [
    ("Ada", "Brennan", "ada.brennan"),
    ("Åsa", "Lindqvist", "asa.lindqvist"),
    ("Tomás", "Ibarra", "tomas.ibarra"),
    ("Wei", "陈", "wei.chen"),
    ("Zoë", "O'Dwyer", "zoe.odwyer"),
    ("Mehmet", "Yıldız", "mehmet.yildiz"),
    ("Grace", "Holloway", "grace.holloway"),
    ("Łukasz", "Wójcik", "lukasz.wojcik"),
    ("Imani", "Okafor", "imani.okafor"),
    ("Noor", "van der Berg", "noor.vanderberg"),
    ("Dmitri", "Соколов", "dmitri.sokolov"),
    ("Priya", "Raghunathan", "priya.raghunathan"),
    ("Jean-Luc", "Beaumont", "jl.beaumont"),
    ("Siobhán", "Kearney", "siobhan.kearney"),
    ("Hiroshi", "田中", "hiroshi.tanaka"),
    ("Fatima", "Al-Sayed", "fatima.alsayed"),
    ("Ben", "Castellanos", "ben.castellanos"),
    ("Greta", "Müller", "greta.mueller"),
    ("Oluwaseun", "Adeyemi", "seun.adeyemi"),
    ("Marta", "Ferreira", "marta.ferreira"),
    ("Kwame", "Mensah", "kwame.mensah"),
    ("Linnea", "Sørensen", "linnea.sorensen"),
    ("Rosa", "Delgado", "rosa.delgado"),
    ("Isaac", "Thornbury", "isaac.thornbury"),
    ("Yuki", "Nakagawa 🦊", "yuki.nakagawa"),
    ("Elif", "Çelik", "elif.celik"),
    ("Theo", "Marchetti", "theo.marchetti"),
    ("Anjali", "Deshmukh", "anjali.deshmukh"),
    ("Callum", "Fraser", "callum.fraser"),
    ("Nadia", "Haddad", "nadia.haddad"),
    ("Ruben", "Peeters", "ruben.peeters"),
    ("Ines", "Carvalho", "ines.carvalho"),
    ("Victor", "Almgren", "victor.almgren"),
    ("Beatriz", "Núñez", "beatriz.nunez"),
    ("Samir", "Qureshi", "samir.qureshi"),
    ("Hanna", "Virtanen", "hanna.virtanen"),
];

/// A company and its domain.
pub(super) const COMPANIES: [(&str, &str); 8] = [
    ("Harbour & Vale", "harbour-vale.example"),
    ("Fjordlys AS", "fjordlys.example"),
    ("Quillpoint Labs", "quillpoint.example"),
    ("Café Ørsted", "orsted-cafe.example"),
    ("Sable Freight \"Night\" Lines", "sable.example"),
    ("Copper Kettle Foods", "copperkettle.example"),
    ("Lumen und Söhne GmbH", "lumen.example"),
    ("Tidewater Instruments", "tidewater.example"),
];

/// Street, city, state, postal code, country.
pub(super) const PLACES: [[&str; 5]; 6] = [
    ["14 Larch Street", "Portland", "OR", "97205", "United States"],
    ["Storgata 7", "Tromsø", "Troms", "9008", "Norway"],
    ["88 Rue des Lilas", "Lyon", "Rhône", "69003", "France"],
    ["2 Quay Road, Floor 3", "Galway", "Galway", "H91 X2A4", "Ireland"],
    ["Lindenallee 21", "Köln", "NRW", "50968", "Germany"],
    ["501 Mesa Verde Ave", "Santa Fe", "NM", "87501", "United States"],
];

/// Job titles.
pub(super) const TITLES: [&str; 6] = [
    "Head of Operations",
    "VP, Revenue",
    "Purchasing Manager",
    "Founder & CEO",
    "Systems Engineer",
    "Office Manager",
];

/// A note longer than one screen, as people paste them from a mail.
pub(super) fn long_note(first_name: &str) -> String {
    let paragraph = format!(
        "Spoke with {first_name} about the renewal. They would like the invoices split by site, one purchase order \
         each, and asked whether the export can run before the Monday stand-up. Procurement wants a \"final\" \
         price list; the old one (v3 \\ draft) still circulates. "
    );
    paragraph.repeat(5).trim_end().to_owned()
}
