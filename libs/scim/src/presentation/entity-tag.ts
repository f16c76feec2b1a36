// Versions as HTTP knows them: RFC 7644 §3.14, RFC 9110 §8.8.3 and §13.1.

/** The ETag of a version, also the `meta.version` of the resource: weak, RFC 7644 §3.14. */
export function entityTag(version: number): string {
  return `W/"${version}"`;
}

/** Says of a version whether the caller named it. */
export type VersionTest = (version: number) => boolean;

const TAG = /(?:W\/)?"([^"]*)"/gi;

/**
 * Reads an If-Match or If-None-Match header, or the `version` of a bulk operation: `*`, or tags in a list. Tags are compared weakly, since
 * RFC 7644 §3.14 makes weak tags lawful here, and a tag without quotes is read as if it had them. Undefined: there is no such header.
 */
export function readEntityTags(header: string | undefined): VersionTest | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  if (text === '*') return () => true;
  const quoted = [...text.matchAll(TAG)].map(([, tag]) => tag);
  const named = new Set(
    quoted.length > 0 ? quoted : text.split(',').map((tag) => tag.trim().replace(/^W\//i, '')),
  );
  return (version) => named.has(String(version));
}
