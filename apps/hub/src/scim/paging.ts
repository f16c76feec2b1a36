/** How many resources one list answers; RFC 7644 §3.4.2.4. Okta asks for 100, and nobody was seen asking for more than 1,000. */
export const PAGING = { defaultCount: 100, maxCount: 1_000 };
