/** After int and e2e tests; see global-setup.mjs. */
export default async function tearDown() {
  await globalThis.endTestRun?.();
}
