import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

const project = (displayName, testRegex, more = {}) => ({
  displayName,
  testRegex,
  rootDir: '.',
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/packages', '<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^@app/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  ...more,
});

// A build and a database server: made once for all tests of a run that need them, and not at all for the pure ones.
const withServer = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  // jest leaves one core for people; of two it would leave one idle. Each file has a database of its own.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // Starting a hub takes seconds on a busy machine; what hangs is still found.
  testTimeout: 60_000,
  projects: [
    project('pure', '(?<!\\.int|\\.e2e|\\.chaos)\\.spec\\.ts$'),
    project('int', '\\.int\\.spec\\.ts$', withServer),
    project('e2e', '\\.e2e\\.spec\\.ts$', withServer),
    // Starts, stops and crashes servers of its own.
    project('chaos', '\\.chaos\\.spec\\.ts$', { globalSetup: '<rootDir>/test/chaos/set-up.mjs' }),
  ],
};
