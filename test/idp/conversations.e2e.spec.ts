/** Each folder beside this file is a provider with its recorded conversations; a bug report is one more file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConversations, replay } from '../support/conversation.js';
import { TestHub } from '../support/hub.js';

/** What the provider of a folder is called. */
const NAMES: Readonly<Record<string, string>> = {
  authentik: 'authentik',
  cyberark: 'CyberArk',
  entra: 'Microsoft Entra ID',
  generic: 'any other provider',
  google: 'Google Workspace',
  jumpcloud: 'JumpCloud',
  okta: 'Okta',
  onelogin: 'OneLogin',
  ping: 'PingFederate and PingOne',
  rippling: 'Rippling',
  sailpoint: 'SailPoint',
};

/** The request shapes of Entra and Okta by the numbers that `shows` gives them. E-27 to E-29 were never given. */
const SHAPES = [...numbered('E', 1, 26), ...numbered('E', 30, 38), ...numbered('K', 1, 17)];

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
}, 60_000);
afterAll(() => hub.close());

describe.each(folders.map((folder) => [NAMES[folder] ?? folder, folder] as const))('%s', (_name, folder) => {
  const conversations = readConversations(join(import.meta.dirname, folder));

  it.each(conversations.map((conversation) => [conversation.title, conversation] as const))(
    '%s',
    async (_title, conversation) => {
      const directory = await hub.connect({ type: conversation.directoryType, name: conversation.title });
      const problems = await replay(conversation, directory);
      expect(problems.join('\n')).toBe('');
    },
  );
});

describe('the recorded conversations', () => {
  const all = folders.flatMap((folder) => readConversations(join(import.meta.dirname, folder)));

  it('stand in folders whose providers have a name', () => {
    expect(folders).toEqual(Object.keys(NAMES));
  });

  it('show every numbered shape of Entra and of Okta', () => {
    const shown = all.map(({ shows }) => shows).join('\n');
    expect(SHAPES.filter((shape) => !shown.includes(shape))).toEqual([]);
  });

  it('say what they show and how it is known', () => {
    const silent = all.filter(({ shows, known }) => !shows?.trim() || !known?.trim());
    expect(silent.map(({ title }) => title)).toEqual([]);
  });
});

function numbered(letter: string, first: number, last: number): string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => `${letter}-${String(first + index).padStart(2, '0')}`,
  );
}
