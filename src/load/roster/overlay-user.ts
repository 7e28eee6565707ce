import { unescaped } from './roster-user.ts';

/** An element directly below a user, and where it stands in the text. */
interface Child {
  readonly name: string;
  readonly start: number;
  /** Behind its start tag, and before its end tag; the same for one without content. */
  readonly inside: readonly [number, number];
  readonly end: number;
}

/** Comments, CDATA sections and tags. A `>` may stand in the value of an attribute. */
const markup = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<(\/?)([\w.:-]+)((?:"[^"]*"|'[^']*'|[^'">])*)>/g;

/** The elements directly below a `user`, in order. */
function childrenOf(user: string): Child[] {
  const children: Child[] = [];
  let depth = 0;
  let open = { name: '', start: 0, inside: 0 };
  for (const { 0: tag, 1: close, 2: name, 3: rest = '', index } of user.matchAll(markup)) {
    if (name === undefined) continue;
    const end = index + tag.length;
    const isEmpty = rest.endsWith('/');
    if (close) depth -= 1;
    if (depth === 1) {
      if (close) children.push({ ...open, inside: [open.inside, index], end });
      else if (isEmpty) children.push({ name, start: index, inside: [end, end], end });
      else open = { name, start: index, inside: end };
    }
    if (!close && !isEmpty) depth += 1;
  }
  return children;
}

/** The text of an element directly below a user; '' where it has none. */
export function fieldIn(user: string, name: string): string {
  const child = childrenOf(user).find((each) => each.name === name);
  return child ? unescaped(user.slice(...child.inside)).trim() : '';
}

/**
 * Lays a user with some elements over a whole one. A value takes the place of the one that is there. The items of a list are
 * added to those that are there.
 * @param isKept tells the elements that stay as they are, and `isList` the names of lists
 */
export function overlayUser(
  user: string,
  over: string,
  { isKept, isList }: { isKept: (name: string) => boolean; isList: (name: string) => boolean },
): string {
  let merged = user;
  for (const child of childrenOf(over)) {
    if (isKept(child.name)) continue;
    const there = childrenOf(merged).find(({ name }) => name === child.name);
    const isAdded = there !== undefined && isList(child.name) && there.inside[0] < there.inside[1];
    if (there && isAdded)
      merged = replaced(merged, there.inside[1], there.inside[1], over.slice(...child.inside).trimStart());
    else {
      const end = merged.lastIndexOf('</user>');
      const [from, to] = there ? [there.start, there.end] : [end, end];
      const text = over.slice(child.start, child.end);
      merged = replaced(merged, from, to, there ? text : `${text}\n`);
    }
  }
  return merged;
}

function replaced(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
