/** A part of a URL as it was meant: a password with a percent sign that encodes nothing stands for itself. */
export function urlPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
