/** The text of a feed, decoded as it arrives, with its lines counted. */
export interface FeedText {
  /** Lines so far. */
  readonly lines: number;
  /** @throws PatronflowError SOURCE_QUERY that names the line and what the file is instead */
  decode(chunk: Buffer): string;
  /** @returns whether the feed breaks off inside a character */
  end(): boolean;
}
