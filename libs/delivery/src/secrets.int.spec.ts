/** Which secrets an attempt is signed with: those that live at that moment, in every worker. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { protocolsByName, type Protocol } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { note, NoteSettings, openStage, type Stage } from './testing/stage.js';

/** Tells its secrets, which no real protocol does. */
const indiscreet: Protocol<NoteSettings> = {
  ...note,
  name: 'indiscreet',
  secretKinds: () => ['hmac'],
  compose: (event, { settings, secrets }) => ({
    method: 'POST',
    url: settings.url,
    headers: { 'content-type': 'application/json', secrets: secrets.map(({ value }) => value).join(' ') },
    body: JSON.stringify({ id: event.id }),
  }),
};

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;
let id: string;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  stage.engine.protocols = protocolsByName([indiscreet]);
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
  organization = await stage.organization();
  id = await stage.destination({
    protocol: 'indiscreet',
    settings: { url: sink.url },
    organizationId: organization,
    secret: 'first',
  });
});

afterEach(() => sink.close());

const secrets = () => stage.engine.destinations.secrets;
const told = (): unknown[] => sink.received.map(({ headers }) => headers['secrets']);
const rotate = (value: string, overlapInSeconds: number) =>
  secrets().rotate(
    id,
    { kind: 'hmac', value },
    new Date(stage.clock.now().getTime() + overlapInSeconds * 1_000),
  );

async function happens(): Promise<void> {
  await stage.append(organization, [{ type: 'UserProfileChanged', subjects: ['directory_user_a'] }]);
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

describe('an attempt', () => {
  it('has the secrets that live when it is made, newest first', async () => {
    await happens();
    await rotate('second', 60);
    await happens();
    stage.clock.skip(60);
    await happens();
    expect(told()).toEqual(['first', 'second first', 'second']);
  });

  it('of an event that was refused before a rotation is signed with the new secret', async () => {
    sink.answers((_request, index) => ({ status: index === 0 ? 401 : 204 }));
    await happens();
    await rotate('second', 0);
    stage.clock.skip(60);
    await pump(stage.engine, id);
    expect(told()).toEqual(['first', 'second']);
    expect(await stage.parked(id)).toEqual([]);
  });
});
