/** In which of SCIM's two media types an answer goes out: RFC 7644 §3.8 and §8.1, RFC 9110 §12.5.1. */

export const SCIM_JSON = 'application/scim+json';
const JSON_TYPE = 'application/json';

export type AnswerType = typeof SCIM_JSON | typeof JSON_TYPE;

interface Range {
  type: string;
  quality: number;
}

/**
 * @param accept the Accept header. `text/json` is taken for JSON, and a header that names no media type for none.
 * @returns SCIM's own type wherever it is acceptable; undefined when neither is.
 */
export function answerTypeOf(accept: string | undefined): AnswerType | undefined {
  const ranges = (accept ?? '').split(',').flatMap(rangeOf);
  if (ranges.length === 0 || qualityOf(ranges, SCIM_JSON) > 0) return SCIM_JSON;
  return qualityOf(ranges, JSON_TYPE) > 0 || qualityOf(ranges, 'text/json') > 0 ? JSON_TYPE : undefined;
}

function rangeOf(text: string): Range[] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return [];
  const written = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = written === undefined ? 1 : Number(written);
  return [{ type, quality: Number.isNaN(quality) ? 1 : quality }];
}

/** The most specific range that covers a type decides; zero when none does, and for a type that is refused by name. */
function qualityOf(ranges: Range[], type: string): number {
  const covering = [type, `${type.split('/')[0]}/*`, '*/*'];
  for (const wanted of covering) {
    const found = ranges.find((range) => range.type === wanted);
    if (found) return found.quality;
  }
  return 0;
}
