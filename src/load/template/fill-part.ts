import { RejectedPerson } from '../rejected-person.ts';
import { eachItem, type ListExpression, type Values } from './expressions.ts';
import { type AttributeContent, type Fill, named, type Piece, startTag } from './fill.ts';

/** Values that an element is written for. More are no list of a person, but another kind of text. */
const maxItems = 100;

/** An element that is written once for each value of a list. */
export function eachPiece(piece: Piece, items: ListExpression['items'], label: string): Fill {
  const itemsOf = (values: Values): readonly string[] => {
    try {
      return items(values);
    } catch (error) {
      throw named(error, label);
    }
  };
  return (filling) => {
    const { values } = filling;
    const found = itemsOf(values);
    if (found.length > maxItems) throw new RejectedPerson('too_many_items', label);
    let written = '';
    for (const item of found) {
      filling.values = { ...values, [eachItem]: item };
      written += typeof piece === 'string' ? piece : piece(filling);
    }
    filling.values = values;
    return written;
  };
}

export interface PartContent {
  readonly name: string;
  readonly label: string;
  readonly attributes: readonly AttributeContent[];
  /** `needed`: without it Alma refuses the part. */
  readonly children: readonly { readonly piece: Piece; readonly needed: boolean; readonly label: string }[];
  readonly required: boolean;
}

/** An element that holds elements. Without a child that Alma needs in it, it goes as a whole. */
export function partPiece({ name, label, attributes, children, required }: PartContent): Piece {
  const start = startTag(name, attributes);
  const end = `</${name}>\n`;
  const parts = joinConstants(children);
  const [only] = parts;
  if (typeof start === 'string' && parts.length === 1 && typeof only?.piece === 'string') {
    return `${start}\n${only.piece}${end}`;
  }
  return (filling) => {
    const identifiers = filling.identifiers.length;
    const filled = filling.filled.length;
    const codes = filling.codes.length;
    const cuts = filling.cut.length;
    const suspicions = filling.suspicious.length;
    const unveiled = filling.unveiled.length;
    let inner = '';
    let missing = label;
    for (const { piece, needed, label: child } of parts) {
      const written = typeof piece === 'string' ? piece : piece(filling);
      if (written === '' && needed) {
        inner = '';
        missing = child;
        break;
      }
      inner += written;
    }
    if (inner !== '') return `${typeof start === 'string' ? start : start(filling)}\n${inner}${end}`;
    if (required) throw new RejectedPerson('missing_required', missing);
    filling.trace?.happened(
      label,
      missing === label ? 'left out: nothing is in it' : `left out completely: Alma needs ${missing} in it`,
    );
    // What was noted of children that are not written after all is taken back.
    filling.identifiers.length = identifiers;
    filling.identifierElements.length = identifiers;
    filling.filled.length = filled;
    filling.codes.length = codes;
    filling.cut.length = cuts;
    filling.suspicious.length = suspicions;
    filling.unveiled.length = unveiled;
    return '';
  };
}

/** Joins neighbours that are the same for everybody; most of a user is. */
function joinConstants(children: PartContent['children']): PartContent['children'] {
  const joined: PartContent['children'][number][] = [];
  for (const child of children) {
    const last = joined.at(-1);
    if (last && typeof last.piece === 'string' && typeof child.piece === 'string') {
      joined[joined.length - 1] = { ...last, piece: last.piece + child.piece, needed: false };
    } else joined.push(child);
  }
  return joined;
}
