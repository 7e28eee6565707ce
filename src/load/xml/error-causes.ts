const brokenTag = 'a broken tag: its > is missing, or a < in a value is not written as &lt;';

/**
 * The parser's messages in our words. Its own ones quote names of tags, which are parts of a value where a `<` in it
 * was not escaped.
 */
const causes: readonly (readonly [RegExp, string])[] = [
  [/^disallowed character\.$/, 'a control character, or a < in an attribute'],
  [/^disallowed character in tag name/, 'a < that is not escaped (write &lt;), or a broken tag'],
  [/^(disallowed character in attribute name|attribute without value|no whitespace between)/, brokenTag],
  [/^(forward-slash in opening tag|disallowed character in closing tag)/, brokenTag],
  [/^unquoted attribute value/, 'the value of an attribute without quotes'],
  [/^duplicate attribute/, 'an attribute twice in one tag'],
  [/^(unmatched closing tag|weird empty close tag)/, 'a closing tag of an element that is not open'],
  [/^unexpected end/, 'it ends inside of a tag'],
  [/^document must contain a root element/, 'it holds no element'],
  [/^documents may contain only one root/, 'a second root element after the first'],
  [/^text data outside of root node/, 'text outside of the root element'],
  [/^malformed comment/, 'a comment with -- in it'],
  [/^malformed character entity/, 'a reference to a character that XML forbids'],
  [/^the string "]]>"/, 'a ]]> in a text; write ]]&gt;'],
  [/^(an|the) XML declaration must/i, 'an XML declaration that is not at the very start'],
  [/XML declaration|version number|encoding value|standalone value/, 'a broken XML declaration'],
];

/** Why a file is not well-formed, by the parser's message. */
export function causeOf(message: string): string {
  return causes.find(([pattern]) => pattern.test(message))?.[1] ?? 'broken markup';
}
