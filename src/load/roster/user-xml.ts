const quote = 0x22;
const backslash = 0x5c;

/**
 * A `user` element as JSON writes it, in UTF-8. Nearly all users are the same as the night before: their bytes are copied from
 * file to file, and read only where a user is looked into.
 */
export class UserXml {
  #json: Buffer | null;
  readonly #text: string | null;

  private constructor(json: Buffer | null, text: string | null) {
    this.#json = json;
    this.#text = text;
  }

  static of(text: string): UserXml {
    return new UserXml(null, text);
  }

  /** @returns null for what is no string of JSON */
  static ofJson(json: Buffer): UserXml | null {
    return isString(json) ? new UserXml(json, null) : null;
  }

  /** A string of JSON, with its quotes. */
  get json(): Buffer {
    this.#json ??= Buffer.from(JSON.stringify(this.#text));
    return this.#json;
  }

  get text(): string {
    return this.#text ?? (JSON.parse(this.json.toString()) as string);
  }
}

/** Looks at quotes and backslashes alone, of which a user has few: to read the text would take most of a comparison's time. */
function isString(json: Buffer): boolean {
  if (json.length < 2 || json[0] !== quote) return false;
  for (let at = json.indexOf(quote, 1); at >= 0; at = json.indexOf(quote, at + 1)) {
    let before = at - 1;
    while (json[before] === backslash) before -= 1;
    if ((at - 1 - before) % 2 === 0) return at === json.length - 1;
  }
  return false;
}
