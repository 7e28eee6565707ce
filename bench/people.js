// The people of the bench: one user is about 2.7 kB of XML, as MIT's are.
const first = [
  'Ada',
  'Björn',
  'Carmen',
  'Dana',
  'Elif',
  'Farid',
  'Grace',
  'Hana',
  'Ines',
  'Jonas',
  'Kofi',
  'Lena',
  'Mei',
];
const last = [
  'Abara',
  'Castillo',
  'Dubois',
  'Ferrari',
  'Haddad',
  'Ito',
  'Kowalski',
  'Núñez',
  'Okafor',
  'Rossi',
  'Weber',
];
const streets = [
  'Elm Street',
  'Harvest Avenue',
  'Third Street',
  'Lake Road',
  'Mill Lane',
  'Orchard Place',
  'River Way',
];

export const columns = [
  'login',
  'id',
  'barcode',
  'given',
  'middle',
  'last',
  'preferred',
  'street',
  'unit',
  'city',
  'state',
  'zip',
  'office',
  'home',
  'email',
  'group',
  'type',
  'department',
  'title',
];

/** Person number `index`; the values vary as real ones do, so that deflate has work. */
export function person(index) {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  const name = last[mixed % last.length];
  return {
    login: `P${index}`,
    id: String(900000000 + index),
    barcode: String(20000000000000 + (mixed % 100000000)).slice(0, 6) + String(index).padStart(8, '0'),
    given: first[(mixed >>> 4) % first.length],
    middle: index % 3 ? '' : 'M.',
    last: name,
    preferred: index % 7 ? '' : first[(mixed >>> 8) % first.length],
    street: `${mixed % 977} ${streets[(mixed >>> 5) % streets.length]}`,
    unit: index % 5 ? '' : `Apt ${mixed % 40}`,
    city: 'Cambridge',
    state: 'MA',
    zip: `0213${mixed % 10}`,
    office: `617555${String(mixed % 10000).padStart(4, '0')}`,
    home: index % 2 ? '' : `781555${String((mixed >>> 3) % 10000).padStart(4, '0')}`,
    email: `p${index}@example.edu`,
    group: String(11 + (mixed % 40)),
    type: 'Research & Teaching',
    department: `D${mixed % 90}`,
    title: 'Department of Things',
  };
}

export const template = `<user>
<record_type desc="Public">PUBLIC</record_type>
<primary_id>{{login}}@EXAMPLE.EDU</primary_id>
<first_name>{{strip given}}</first_name>
<middle_name>{{strip middle}}</middle_name>
<last_name>{{strip last}}</last_name>
<user_group desc="{{type}}">{{group}}</user_group>
<cataloger_level desc="[00] Default Level">00</cataloger_level>
<preferred_language desc="English">en</preferred_language>
<expiry_date>2027-06-30Z</expiry_date>
<purge_date>2029-06-30Z</purge_date>
<account_type desc="External">EXTERNAL</account_type>
<external_id>SIS</external_id>
<status desc="Active">ACTIVE</status>
<contact_info>
<addresses>
<address preferred="true" segment_type="External">
<line1>{{first street "NO ADDRESS ON FILE"}}</line1>
<line2>{{unit}}</line2>
<city>{{city}}</city>
<state_province>{{state}}</state_province>
<postal_code>{{zip}}</postal_code>
<address_note>User Address Type: Mailing address</address_note>
<address_types>
<address_type desc="Work">work</address_type>
</address_types>
</address>
</addresses>
<emails>
<email preferred="true" segment_type="External">
<email_address>{{email}}</email_address>
<email_types>
<email_type desc="Work">work</email_type>
</email_types>
</email>
</emails>
<phones>
<phone preferred="true" preferred_sms="false" segment_type="External">
<phone_number>{{phone office}}</phone_number>
<phone_types>
<phone_type desc="Office">office</phone_type>
</phone_types>
</phone>
<phone preferred="false" preferred_sms="false" segment_type="External">
<phone_number>{{phone home}}</phone_number>
<phone_types>
<phone_type desc="Home">home</phone_type>
</phone_types>
</phone>
</phones>
</contact_info>
<pref_first_name>{{differs (strip preferred) (strip given)}}</pref_first_name>
<is_researcher>false</is_researcher>
<user_identifiers>
<user_identifier segment_type="External">
<id_type desc="University ID">02</id_type>
<value>{{id}}</value>
<status>ACTIVE</status>
</user_identifier>
<user_identifier segment_type="External">
<id_type desc="Barcode">01</id_type>
<value>{{except barcode "NONE"}}</value>
<status>ACTIVE</status>
</user_identifier>
</user_identifiers>
<user_roles>
<user_role>
<status desc="Active">ACTIVE</status>
<scope desc="An invented University">01INVENTED_INST</scope>
<role_type desc="Patron">200</role_type>
</user_role>
</user_roles>
<user_statistics>
<user_statistic segment_type="External">
<statistic_category desc="{{title}}">{{department}}</statistic_category>
<category_type desc="Department">DEPT</category_type>
</user_statistic>
</user_statistics>
</user>
`;

const escaped = (value) =>
  /[&<>"]/.test(value)
    ? value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    : value;
const phone = (digits) => `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`;
const field = (name, value) => (value === '' ? '' : `<${name}>${escaped(value)}</${name}>\n`);
const phonePart = (digits, preferred, desc, type) =>
  digits === ''
    ? ''
    : `<phone preferred="${preferred}" preferred_sms="false" segment_type="External">\n<phone_number>${phone(digits)}</phone_number>\n<phone_types>\n<phone_type desc="${desc}">${type}</phone_type>\n</phone_types>\n</phone>\n`;

/** The same user as the template's, by plain concatenation. */
export function userOf(p) {
  return `<user>
<record_type desc="Public">PUBLIC</record_type>
<primary_id>${escaped(p.login)}@EXAMPLE.EDU</primary_id>
${field('first_name', p.given)}${field('middle_name', p.middle)}${field('last_name', p.last)}<user_group desc="${escaped(p.type)}">${escaped(p.group)}</user_group>
<cataloger_level desc="[00] Default Level">00</cataloger_level>
<preferred_language desc="English">en</preferred_language>
<expiry_date>2027-06-30Z</expiry_date>
<purge_date>2029-06-30Z</purge_date>
<account_type desc="External">EXTERNAL</account_type>
<external_id>SIS</external_id>
<status desc="Active">ACTIVE</status>
<contact_info>
<addresses>
<address preferred="true" segment_type="External">
${field('line1', p.street)}${field('line2', p.unit)}${field('city', p.city)}${field('state_province', p.state)}${field('postal_code', p.zip)}<address_note>User Address Type: Mailing address</address_note>
<address_types>
<address_type desc="Work">work</address_type>
</address_types>
</address>
</addresses>
<emails>
<email preferred="true" segment_type="External">
<email_address>${escaped(p.email)}</email_address>
<email_types>
<email_type desc="Work">work</email_type>
</email_types>
</email>
</emails>
<phones>
${phonePart(p.office, true, 'Office', 'office')}${phonePart(p.home, false, 'Home', 'home')}</phones>
</contact_info>
${field('pref_first_name', p.preferred.toLowerCase() === p.given.toLowerCase() ? '' : p.preferred)}<is_researcher>false</is_researcher>
<user_identifiers>
<user_identifier segment_type="External">
<id_type desc="University ID">02</id_type>
<value>${escaped(p.id)}</value>
<status>ACTIVE</status>
</user_identifier>
<user_identifier segment_type="External">
<id_type desc="Barcode">01</id_type>
<value>${escaped(p.barcode)}</value>
<status>ACTIVE</status>
</user_identifier>
</user_identifiers>
<user_roles>
<user_role>
<status desc="Active">ACTIVE</status>
<scope desc="An invented University">01INVENTED_INST</scope>
<role_type desc="Patron">200</role_type>
</user_role>
</user_roles>
<user_statistics>
<user_statistic segment_type="External">
<statistic_category desc="${escaped(p.title)}">${escaped(p.department)}</statistic_category>
<category_type desc="Department">DEPT</category_type>
</user_statistic>
</user_statistics>
</user>
`;
}
