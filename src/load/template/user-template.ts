import { PatronflowError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest-name.ts';
import { safeText } from '../../core/safe-text.ts';
import type { Suspicion } from '../alma/odd-characters.ts';
import { RejectedPerson } from '../rejected-person.ts';
import type { ColumnsIn } from './columns-in.ts';
import { TemplateCompiler, type UserDemands } from './compile.ts';
import { expiryDate, type NamedColumn, type Values } from './expressions.ts';
import { type Filling, maxValueLength, type Piece } from './fill.ts';
import type { RunFacts } from './functions/expression-function.ts';
import { parseTemplate, type TemplateElement, type TemplateProblem } from './parse.ts';
import { removeIdentifiers } from './remove-identifiers.ts';
import type { Trace } from './trace.ts';
import { type DateRules, type EndDates, endDates } from './user-dates.ts';

export interface FilledUser {
  /** The `user` element, its children a line each. */
  readonly xml: string;
  /** The primary id first. */
  readonly identifiers: readonly string[];
  /** For each of them, its index into `UserTemplate.elements`. */
  readonly identifierElements: readonly number[];
  readonly ends: ReturnType<DateRules['look']>;
  readonly filled: readonly number[];
  readonly codes: Filling['codes'];
  readonly cut: readonly string[];
  readonly removed: number;
  readonly unveiled: readonly string[];
  readonly suspicious: readonly { readonly label: string; readonly suspicion: Suspicion }[];
  readonly repeated: number;
}

/**
 * An Alma user with expressions, checked and compiled. However odd the values, what it fills is a well-formed and
 * valid `user`: the XML around the expressions is fixed, and every value is cleaned, checked and escaped where it stands.
 */
export class UserTemplate {
  readonly file: string;
  /** The columns that the expressions name, with their lines. */
  readonly columns: readonly NamedColumn[];
  readonly columnsIn: ColumnsIn;
  /** Labels of the elements that get their value from the row, as `filled` counts them. */
  readonly elements: readonly string[];
  /** Codes that every user has, by the label of their element. */
  readonly constantCodes: Readonly<Record<string, string>>;
  readonly #user: Piece;
  readonly #required: readonly string[];
  readonly #writtenDates: Readonly<EndDates>;
  readonly #dateRules: DateRules;
  readonly #usesExpiry: boolean;
  /** Whether a row may bring an end date; those of the template were looked at when it was compiled. */
  readonly #hasRowDates: boolean;
  readonly #columnNames: readonly string[];
  readonly #filling: Filling & { xml: string; ends: FilledUser['ends'] } = {
    xml: '',
    ends: 'as usual',
    values: {},
    identifiers: [],
    identifierElements: [],
    dates: { expiry_date: '', purge_date: '' },
    filled: [],
    codes: [],
    cut: [],
    marked: new Set(),
    removed: 0,
    unveiled: [],
    suspicious: [],
    repeated: 0,
    trace: null,
  };

  constructor(file: string, user: Piece, compiler: TemplateCompiler) {
    this.file = file;
    this.columns = compiler.columns;
    this.columnsIn = compiler.columnsIn;
    this.elements = compiler.elements;
    this.constantCodes = compiler.constantCodes;
    this.#user = user;
    this.#required = compiler.required;
    this.#writtenDates = compiler.writtenDates();
    this.#dateRules = compiler.dateRules;
    this.#usesExpiry = compiler.usesExpiry;
    this.#hasRowDates = endDates.some((name) => this.elements.includes(name));
    this.#columnNames = [...new Set(this.columns.map(({ name }) => name))];
  }

  /**
   * @param trace is told how each value came about
   * @returns a view that the next call overwrites, so that a million users cost no million arrays
   * @throws RejectedPerson
   */
  fill(values: Values, trace: Trace | null = null): FilledUser {
    const filling = this.#filling;
    filling.trace = trace;
    for (const column of this.#columnNames) {
      if ((values[column]?.length ?? 0) > maxValueLength)
        throw new RejectedPerson('value_too_long', `column ${column}`);
    }
    filling.values = this.#usesExpiry ? { ...values, [expiryDate]: this.#writtenDates.expiry_date } : values;
    filling.identifiers.length = 0;
    filling.identifierElements.length = 0;
    filling.dates.expiry_date = this.#writtenDates.expiry_date;
    filling.dates.purge_date = this.#writtenDates.purge_date;
    filling.filled.length = 0;
    filling.codes.length = 0;
    filling.cut.length = 0;
    filling.marked.clear();
    filling.removed = 0;
    filling.unveiled.length = 0;
    filling.suspicious.length = 0;
    filling.repeated = 0;
    filling.xml = typeof this.#user === 'string' ? this.#user : this.#user(filling);
    if (this.#hasRowDates) filling.ends = this.#dateRules.look(filling.dates);
    return filling;
  }

  /**
   * Takes identifiers out of a user that this template filled.
   * @returns the user, null where the configuration requires what went; and the labels of what was taken out
   */
  withoutIdentifiers(
    user: string,
    isTaken: (identifier: string) => boolean,
  ): { xml: string | null; elements: readonly string[] } {
    const { xml, types } = removeIdentifiers(user, isTaken);
    const isRequired =
      this.#required.some((path) => path.includes('user_identifiers/')) ||
      (this.#required.includes('user_identifiers') && !/<user_identifier[ >]/.test(xml));
    const identifiers = 'user_identifiers/user_identifier';
    const elements = types.map((type) => `${identifiers}[${type}]/value`);
    return {
      xml: isRequired && types.length > 0 ? null : xml,
      elements: elements.map((label) => (this.elements.includes(label) ? label : `${identifiers}/value`)),
    };
  }
}

/** What is special about a template that is not filled from rows. */
export interface TemplateKind {
  /** Looks at the parsed template, adds to its problems, and returns what is to be compiled. */
  readonly prepare: (user: TemplateElement, problems: TemplateProblem[]) => TemplateElement;
  /** What its expressions may name. */
  readonly columns: readonly string[];
}

/**
 * Parses and checks a template and makes it ready to be filled.
 * @throws PatronflowError TEMPLATE_INVALID that names every problem with its line
 */
export function compileTemplate(
  file: string,
  xml: string,
  run: RunFacts,
  demands: UserDemands,
  kind?: TemplateKind,
): UserTemplate {
  const problems: TemplateProblem[] = [];
  const parsed = parseTemplate(xml, problems);
  const compiler = new TemplateCompiler(run, demands, problems);
  const prepared = parsed && (kind?.prepare(parsed, problems) ?? parsed);
  const user = prepared ? compiler.user(prepared) : '';
  for (const { name, line } of kind ? compiler.columns : []) {
    if (!kind?.columns.includes(name))
      problems.push({
        line,
        message: `there is no ${safeText(name)}${didYouMean(name, kind?.columns ?? [])}`,
      });
  }
  if (problems.length === 0) return new UserTemplate(file, user, compiler);
  throw templateError(file, problems);
}

/** The error for problems in a template, each with its line. */
function templateError(file: string, problems: readonly TemplateProblem[]): PatronflowError {
  const list = problems.map(({ line, message }) => `  - line ${line}: ${message}`);
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new PatronflowError('TEMPLATE_INVALID', [`The template ${safeText(file)} has ${many}:`, ...list], {
    hint: 'docs/templates.md describes what a template may hold.',
  });
}
