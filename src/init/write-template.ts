import type { Mapping } from './decide.ts';
import type { Role } from './guess-roles.ts';

/** The name of a column as an expression writes it. */
export function columnText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `[${name}]`;
}

/**
 * A template for the people of a feed: Alma's own XML with expressions. What comes out empty is left out of a user.
 * @param unused columns that nothing is made of
 */
export function templateText(
  group: string,
  mapping: Mapping,
  lookups: { readonly group: string | null; readonly department: string | null },
  unused: readonly string[],
): string {
  const { roles } = mapping;
  const column = (role: Role): string | null => {
    const found = roles.get(role)?.column;
    return found ? columnText(found.name) : null;
  };
  const name = (role: Role): string | null => {
    const found = roles.get(role)?.column;
    if (!found) return null;
    return found.share(found.capitals) > 0.9 ? `title ${columnText(found.name)}` : columnText(found.name);
  };
  const element = (tag: string, expression: string | null): string[] =>
    expression === null ? [] : [`<${tag}>{{${expression}}}</${tag}>`];
  const lines = [
    `<!-- One user of the group ${group}. Empty elements are left out. docs/templates.md explains what an expression can contain.`,
    ...(unused.length > 0
      ? [`     Columns that nothing is made of: ${unused.map(commentText).join(', ')}`]
      : []),
    '-->',
    '<user>',
    '  <record_type>PUBLIC</record_type>',
    `  <primary_id>{{${columnText(mapping.primaryId)}}}</primary_id>`,
    ...indented(element('first_name', name('firstName'))),
    ...indented(element('middle_name', name('middleName'))),
    ...indented(element('last_name', name('lastName'))),
    ...indented(
      element(
        'pref_first_name',
        roles.has('firstName') && roles.has('preferredName')
          ? `differs ${argument(name('preferredName'))} ${argument(name('firstName'))}`
          : null,
      ),
    ),
    `  <user_group>${groupText(mapping, lookups.group)}</user_group>`,
    `  <expiry_date>{{${expiryText(mapping)}}}</expiry_date>`,
    `  <!-- CHOOSE: to have Alma purge people half a year later: <purge_date>{{days 180 (${expiryText(mapping)})}}</purge_date> -->`,
    '  <account_type>EXTERNAL</account_type>',
    '  <external_id>SIS</external_id>',
    '  <status>ACTIVE</status>',
    ...indented(contactLines(column)),
    ...indented(identifierLines(mapping, column('institutionId'))),
    ...indented(statisticLines(column('department'), lookups.department)),
    '</user>',
    '',
  ];
  return lines.join('\n');
}

/** An expression as the argument of a function. */
function argument(expression: string | null): string {
  return expression?.includes(' ') && !expression.startsWith('[') ? `(${expression})` : (expression ?? '""');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const inside = (tag: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`<${tag}>`, ...indented(lines), `</${tag.split(' ')[0]}>`];

function commentText(name: string): string {
  return name.replaceAll('--', '- -');
}

function groupText({ group }: Mapping, lookup: string | null): string {
  if ('code' in group) return group.code;
  const column = columnText(group.column);
  return lookup === null ? `{{${column}}}` : `{{lookup "${lookup}" ${column}}}`;
}

function expiryText({ expiry }: Mapping): string {
  if ('months' in expiry) return `months ${expiry.months}`;
  const { column, form } = expiry;
  const date = `date ${columnText(column.name)}${form === 'YYYY-MM-DD' ? '' : ` "${form}"`}`;
  return column.filled === column.rows ? date : `first (${date}) (months 12)`;
}

function contactLines(column: (role: Role) => string | null): string[] {
  const typed = (tag: string, types: string, type: string, value: readonly string[]): string[] =>
    inside(`${tag} preferred="true"`, [
      ...value,
      ...inside(types, [`<${types.slice(0, -1)}>${type}</${types.slice(0, -1)}>`]),
    ]);
  const part = (tag: string, expression: string | null): string[] =>
    expression === null ? [] : [`<${tag}>{{${expression}}}</${tag}>`];
  const line1 = column('line1');
  const country = column('country');
  const address =
    line1 === null
      ? []
      : [
          ...part('line1', line1),
          ...part('line2', column('line2')),
          ...part('city', column('city')),
          ...part('state_province', column('state')),
          ...part('postal_code', column('postalCode')),
          ...part('country', country && `country ${country}`),
        ];
  const phones = (['mobile', 'phone'] as const).flatMap((role, at, all) => {
    const number = column(role);
    if (number === null) return [];
    const area = role === 'phone' ? column('phoneArea') : null;
    const isFirst = at === 0 || column(all[0] ?? role) === null;
    const lines = typed(
      'phone',
      'phone_types',
      role === 'mobile' ? 'mobile' : 'home',
      part('phone_number', area === null ? `phone ${number}` : `phone ${area} ${number}`),
    );
    return isFirst ? lines : lines.map((line) => line.replace(' preferred="true"', ''));
  });
  const email = column('email');
  return inside('contact_info', [
    ...(address.length > 0 ? inside('addresses', typed('address', 'address_types', 'home', address)) : []),
    ...(email === null
      ? []
      : inside('emails', typed('email', 'email_types', 'school', part('email_address', email)))),
    ...(phones.length > 0 ? inside('phones', phones) : []),
  ]);
}

function identifierLines({ barcode, primaryId }: Mapping, institutionId: string | null): string[] {
  const identifier = (type: string, column: string): string[] =>
    inside('user_identifier', [`<id_type>${type}</id_type>`, `<value>{{${column}}}</value>`]);
  const ids =
    institutionId !== null && institutionId !== columnText(primaryId)
      ? identifier('UNIV_ID', institutionId)
      : [];
  return inside('user_identifiers', [
    ...ids,
    ...(barcode === '' ? [] : identifier('BARCODE', columnText(barcode))),
  ]);
}

function statisticLines(department: string | null, lookup: string | null): string[] {
  if (department === null || lookup === null) return [];
  return inside(
    'user_statistics',
    inside('user_statistic', [
      `<statistic_category>{{lookup "${lookup}" ${department}}}</statistic_category>`,
    ]),
  );
}
