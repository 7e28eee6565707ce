/**
 * What Alma knows of a user, as data: names, types, lengths, required children, order. Written from the
 * documentation of Ex Libris' user object ("User XSD", developers.exlibrisgroup.com) and what the loaders of
 * other libraries learnt; a test compares it with the published schema where that is at hand.
 */
export type ValueType = 'string' | 'date' | 'dateTime' | 'boolean' | 'int' | 'float';

export interface AttributeRule {
  readonly type: 'string' | 'boolean';
  readonly max?: number;
}

/** An element that holds a value. */
export interface FieldRule {
  readonly kind: 'field';
  readonly type: ValueType;
  /** Greatest length in characters; longer ones are refused. */
  readonly max?: number;
  /** Codes that are Alma's own and the same everywhere. Others may stand there; these in other letters are version 1's. */
  readonly spellings?: readonly string[];
  /** Names the user: must be unique, is never cut, and stands without blanks around it. */
  readonly identifier?: true;
  /** Holds one of a few values that Alma has a list of; their users are counted by value. */
  readonly coded?: true;
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

/** An element that holds other elements, each at most once. */
export interface PartRule {
  readonly kind: 'part';
  readonly children: Readonly<Record<string, ElementRule>>;
  /** Children without which Alma refuses the part, or the user with it. */
  readonly required: readonly string[];
  /** The children stand in the order in which they are listed here; otherwise in any order. */
  readonly ordered?: true;
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

/** An element that holds any number of elements of one name. */
export interface ListRule {
  readonly kind: 'list';
  readonly item: string;
  readonly rule: FieldRule | PartRule;
  /** At most one item of the list may carry each of these attributes as true. */
  readonly single: readonly string[];
}

export type ElementRule = FieldRule | PartRule | ListRule;

const none = {};
const desc = { desc: { type: 'string', max: 4000 } } as const;
const shortDesc = { desc: { type: 'string', max: 255 } } as const;
const link = { link: { type: 'string' } } as const;
const segment = { segment_type: { type: 'string', max: 10 } } as const;
const preferred = { preferred: { type: 'boolean' } } as const;

const text = (max?: number): FieldRule => ({
  kind: 'field',
  type: 'string',
  ...(max !== undefined && { max }),
  attributes: none,
});
const code = (max = 255, attributes: FieldRule['attributes'] = desc): FieldRule => ({
  kind: 'field',
  type: 'string',
  max,
  coded: true,
  attributes,
});
const spelt = (rule: FieldRule, ...spellings: readonly string[]): FieldRule => ({ ...rule, spellings });
const activity = ['ACTIVE', 'INACTIVE'] as const;
const typed = (type: ValueType, attributes: FieldRule['attributes'] = none): FieldRule => ({
  kind: 'field',
  type,
  attributes,
});
const identifier: FieldRule = { kind: 'field', type: 'string', max: 255, identifier: true, attributes: none };
const part = (
  children: PartRule['children'],
  required: readonly string[] = [],
  attributes: PartRule['attributes'] = none,
): PartRule => ({ kind: 'part', children, required, attributes });
const list = (item: string, rule: FieldRule | PartRule, single: readonly string[] = []): ListRule => ({
  kind: 'list',
  item,
  rule,
  single,
});

// line1 has no limit of length in the schema. Alma does not load an address without it; `city`, though
// documented as mandatory, is missing from feeds that have been loaded for years.
const address = part(
  {
    line1: text(),
    line2: text(255),
    line3: text(255),
    line4: text(255),
    line5: text(255),
    city: text(255),
    state_province: text(255),
    postal_code: text(255),
    country: code(),
    address_note: text(1000),
    start_date: typed('date'),
    end_date: typed('date'),
    address_types: list('address_type', code()),
  },
  ['line1', 'address_types'],
  { ...preferred, ...segment },
);

const email = part(
  { email_address: text(255), description: text(255), email_types: list('email_type', code()) },
  ['email_address', 'email_types'],
  { ...preferred, ...segment },
);

const phone = part(
  { phone_number: text(255), phone_types: list('phone_type', code()) },
  ['phone_number', 'phone_types'],
  { ...preferred, preferred_sms: { type: 'boolean' }, ...segment },
);

const contactInfo: PartRule = {
  ...part({
    addresses: list('address', address, ['preferred']),
    emails: list('email', email, ['preferred']),
    phones: list('phone', phone, ['preferred', 'preferred_sms']),
  }),
  ordered: true,
};

const userIdentifier = part(
  { id_type: code(), value: identifier, note: text(2000), status: spelt(text(255), ...activity) },
  ['id_type', 'value'],
  segment,
);

const userRole = part({
  status: spelt(code(), ...activity),
  scope: code(50, shortDesc),
  role_type: code(),
  expiry_date: typed('date'),
  parameters: list('parameter', part({ type: code(), scope: code(255, shortDesc), value: code() })),
});

const userBlock = part(
  {
    block_type: code(),
    block_description: code(),
    block_status: spelt(text(255), ...activity),
    block_note: text(2000),
    created_by: text(255),
    created_date: typed('dateTime'),
    expiry_date: typed('dateTime'),
    item_loan_id: text(),
    block_owner: code(),
  },
  ['block_description'],
  segment,
);

const userNote = part(
  {
    note_type: code(),
    note_text: text(2000),
    user_viewable: typed('boolean'),
    popup_note: typed('boolean'),
    created_by: text(255),
    created_date: typed('dateTime'),
    note_owner: code(),
  },
  ['note_type', 'note_text', 'user_viewable', 'popup_note'],
  segment,
);

const userStatistic = part(
  {
    statistic_category: code(),
    category_type: code(),
    statistic_note: text(2000),
    statistic_owner: code(),
  },
  ['statistic_category'],
  segment,
);

const affiliation = part({
  organization_code: text(255),
  organization_name: text(255),
  start_date: typed('date'),
  end_date: typed('date'),
  position: code(),
  title: text(255),
  positionOrder: text(255),
});

const ordered = (rule: PartRule): PartRule => ({ ...rule, ordered: true });

const researcher = part({
  researcher_first_name: text(255),
  researcher_middle_name: text(255),
  researcher_last_name: text(255),
  researcher_suffix: text(255),
  researcher_title: code(),
  profile_image_url: text(),
  photo_url: text(),
  display_title: text(255),
  position: code(),
  portal_profile: code(),
  auto_capture: text(20),
  research_center: text(20),
  previous_affiliated: typed('boolean'),
  default_publication_language: code(),
  researcher_alternate_emails: list(
    'researcher_alternate_email',
    part({ email_address: text(255) }, ['email_address']),
  ),
  researcher_organization_affiliations: list('researcher_organization_affiliation', affiliation),
  researcher_previous_organization_affiliations: list(
    'researcher_previous_organization_affiliation',
    affiliation,
  ),
  researcher_external_organization_affiliations: list(
    'researcher_external_organization_affiliation',
    affiliation,
  ),
  researcher_previous_external_organization_affiliations: list(
    'researcher_previous_external_organization_affiliation',
    affiliation,
  ),
  researcher_name_variants: list(
    'researcher_name_variant',
    ordered(
      part({ first_name: text(255), middle_name: text(255), last_name: text(255), name_suffix: text(255) }),
    ),
  ),
  researcher_engagement_types: list(
    'researcher_engagement_type',
    ordered(part({ researcher_engagement: code(), engagement_end_date: typed('date') })),
  ),
  researcher_research_topics: list('researcher_research_topic', code()),
  researcher_keywords: list('researcher_keyword', part({ value: text() }, ['value'])),
  researcher_associations: list('researcher_association', part({ value: text() }, ['value'])),
  researcher_languages: list('researcher_language', code()),
  researcher_honors: list(
    'researcher_honor',
    ordered(
      part({
        organization_code: text(255),
        organization_name: text(255),
        title: text(255),
        time_period: text(255),
      }),
    ),
  ),
  researcher_educations: list(
    'researcher_education',
    ordered(
      part({
        organization_code: text(255),
        organization_name: text(255),
        degree: text(255),
        from_year: typed('int'),
        to_year: typed('int'),
        field_of_study: text(255),
        additional_details: text(255),
        suppress_from_public_portal: typed('boolean'),
      }),
    ),
  ),
  researcher_descriptions: list('researcher_description', part({ description: text() }, ['description'])),
  researcher_webpages: list(
    'researcher_webpage',
    ordered(part({ url: text(), title: text(), description: text(), type: text() }, ['url'])),
  ),
  user_identifiers: list('user_identifier', userIdentifier),
});

export const userRule: PartRule = part(
  {
    record_type: spelt(code(), 'PUBLIC', 'STAFF', 'CONTACT'),
    primary_id: identifier,
    first_name: text(255),
    middle_name: text(255),
    last_name: text(255),
    full_name: text(600),
    pin_number: text(255),
    user_title: code(),
    job_category: code(),
    job_description: text(255),
    gender: code(),
    user_group: code(),
    campus_code: code(50, shortDesc),
    web_site_url: text(255),
    cataloger_level: code(),
    preferred_language: code(),
    birth_date: typed('date'),
    expiry_date: typed('date'),
    purge_date: typed('date'),
    account_type: spelt(code(), 'INTERNAL', 'EXTERNAL'),
    external_id: text(255),
    password: text(255),
    force_password_change: text(4),
    status: spelt(code(), ...activity),
    status_date: typed('date'),
    last_patron_activity_date: typed('date'),
    requests: typed('int', link),
    loans: typed('int', link),
    fees: typed('float', link),
    contact_info: contactInfo,
    user_identifiers: list('user_identifier', userIdentifier),
    user_roles: list('user_role', userRole),
    user_blocks: list('user_block', userBlock),
    user_notes: list('user_note', userNote),
    user_statistics: list('user_statistic', userStatistic),
    proxy_for_users: list(
      'proxy_for_user',
      ordered(
        part({ primary_id: text(255), full_name: text(600), proxy_type: code() }, ['primary_id'], link),
      ),
    ),
    rs_libraries: list('rs_library', part({ code: code(50, shortDesc) }, ['code'])),
    library_notices: list(
      'library_notice',
      part({ code: code(255, shortDesc), value: typed('boolean') }, ['code', 'value']),
    ),
    source_link_id: text(),
    source_institution_code: text(),
    linking_id: text(),
    pref_first_name: text(255),
    pref_middle_name: text(255),
    pref_last_name: text(255),
    pref_name_suffix: text(255),
    is_researcher: typed('boolean'),
    researcher,
  },
  ['primary_id'],
  link,
);

/** Elements of a user that Alma's schema does not have, and that live feeds carry every night without harm. */
export const ignoredElements: readonly string[] = ['pref_full_name'];

/** Root elements that Alma takes around users: the documented one, and the one of feeds older than it. */
export const rootNames = ['users', 'userRecords'] as const;

/** What one synchronise job takes ("Alma processing requirements" in the documentation of its users). */
export const limits = {
  /** Bytes of one zip. */
  zipBytes: 4 * 1024 ** 3,
  xmlFilesPerZip: 50,
  zipsPerRun: 20,
} as const;
