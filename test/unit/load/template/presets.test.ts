import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectedPerson } from '../../../../src/load/rejected-person.ts';
import { cleaned, hostileValue, stripped, visible } from '../../support/hostile-values.ts';
import { elementsAt, readXml, textsAt, validate } from '../../support/read-xml.ts';
import { hasSchema, schemaErrors } from '../../support/schema.ts';
import { compile } from '../../support/templates.ts';

const preset = (name: string) =>
  readFileSync(new URL(`../../../../presets/patronload/${name}`, import.meta.url), 'utf8');
const lookups = { staff_departments: { 10: 'AA' }, student_departments: { 7: 'SG', NIU: 'SU' } };
const templates = ['staff', 'student'].map((name) => ({
  name,
  template: compile(preset(`${name}.xml`), { lookups }),
}));

describe.each(templates)('with any row, the template for $name people', ({ name, template }) => {
  const columns = [...new Set(template.columns.map((column) => column.name))];
  const row = fc.record(Object.fromEntries(columns.map((column) => [column, hostileValue])));

  it('fills into XML that can be read, is valid, and says what the row says', async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(row, async (values) => {
        let xml: string;
        try {
          xml = `<users>\n${template.fill(values).xml}</users>\n`;
        } catch (error) {
          // The primary id is never cut and never made of nothing; nothing else of these templates can be wrong.
          if (!(error instanceof RejectedPerson)) throw error;
          const isNameless = cleaned(stripped(values.KRB_NAME_UPPERCASE ?? '')) === '';
          expect(error.reason).toBe(isNameless ? 'missing_required' : 'identifier_too_long');
          return;
        }
        written += 1;
        const root = readXml(xml);
        expect((await validate([xml])).problems).toEqual([]);
        expect(schemaErrors(xml)).toEqual([]);

        const of = (column: string) => values[column] ?? '';
        const only = (path: string) => textsAt(root, `user/${path}`).join('|');
        const address = of(name === 'staff' ? 'OFFICE_ADDRESS' : 'TERM_STREET1');
        expect(only('first_name')).toBe(cleaned(stripped(of('LEGAL_FIRST_NAME')), 255));
        expect(only('last_name')).toBe(cleaned(stripped(of('LEGAL_LAST_NAME')), 255));
        expect(only('contact_info/emails/email/email_address')).toBe(cleaned(of('EMAIL_ADDRESS'), 255));
        expect(only('contact_info/addresses/address/line1')).toBe(
          cleaned(cleaned(address) === '' ? 'NO ADDRESS ON FILE IN DATA WAREHOUSE' : address),
        );
        expect(only('primary_id')).toBe(
          stripped(visible(cleaned(`${stripped(of('KRB_NAME_UPPERCASE'))}@MIT.EDU`))),
        );
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(100);
  });

  it('prefers at most one phone', () => {
    fc.assert(
      fc.property(row, (values) => {
        let xml = '<user/>';
        try {
          xml = template.fill({ ...values, MIT_ID: '1', LIBRARY_ID: '2', KRB_NAME_UPPERCASE: 'X' }).xml;
        } catch (error) {
          if (!(error instanceof RejectedPerson)) throw error;
        }
        const phones = elementsAt(readXml(xml), 'contact_info/phones/phone');
        expect(phones.filter(({ attributes }) => attributes.preferred === 'true').length).toBeLessThanOrEqual(
          1,
        );
      }),
    );
  });
});

describe('the schema of Ex Libris', () => {
  it.skipIf(!hasSchema)('finds what is wrong, so that finding nothing says something', () => {
    expect(schemaErrors('<users><user><birth_date/></user></users>').join()).toContain('birth_date');
    expect(schemaErrors('<users><user><primary_id>a</primary_id></user></users>')).toEqual([]);
  });
});
