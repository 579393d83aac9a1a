import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

const SCIM = '/api/2.0/preview/scim/v2';

describe('SCIM', () => {
  let workspace: Client;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    workspace = await startClient();
    for (const [userName, displayName, active] of [
      ['ada@example.com', 'Ada Lovelace', true],
      ['bob@example.com', 'Bob "Quote"', true],
      ['cyd@other.org', 'Cyd', false],
    ] as const) {
      ids[userName] = (
        await workspace.send('POST', `${SCIM}/Users`, {
          userName,
          displayName,
          active,
          name: { givenName: displayName.split(' ')[0], familyName: displayName.split(' ')[1] ?? '' },
        })
      ).json.id;
    }
  });
  afterAll(() => workspace.close());
  const list = async (query: Record<string, string>, kind = 'Users') =>
    (await workspace.send('GET', `${SCIM}/${kind}?${new URLSearchParams(query)}`)).json;
  const names = async (filter: string) =>
    (await list({ filter })).Resources.map((user: { userName: string }) => user.userName);

  it.each([
    ['userName eq "ADA@example.com"', ['ada@example.com']],
    ['userName co "example" and active eq true', ['admin@example.com', 'ada@example.com', 'bob@example.com']],
    ['userName sw "bob" or displayName eq "Cyd"', ['bob@example.com', 'cyd@other.org']],
    ['userName ne "ada@example.com" and userName sw "a"', ['admin@example.com']],
    ['(userName sw "a" or userName sw "b") and displayName co "quote"', ['bob@example.com']],
    ['displayName eq "Bob \\"Quote\\""', ['bob@example.com']],
    ['name.givenName eq "Ada"', ['admin@example.com', 'ada@example.com']],
    ['emails.value co "other.org"', ['cyd@other.org']],
    ['groups eq "4000000000000001"', ['admin@example.com']],
  ])('filters by %s', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  it.each([
    'userName like "a"',
    'userName eq',
    '(userName eq "a"',
    'userName eq "a" xor x eq "b"',
    'userName eq "open',
  ])('refuses the filter %s', async (filter) => {
    const reply = await workspace.send('GET', `${SCIM}/Users?${new URLSearchParams({ filter })}`);

    expect([reply.status, reply.json.scimType, reply.json.status]).toEqual([400, 'invalidFilter', '400']);
    expect(reply.json.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
  });

  it('pages from 1, sorts, and keeps to the attributes asked for', async () => {
    const page = await list({
      startIndex: '2',
      count: '2',
      sortBy: 'userName',
      sortOrder: 'descending',
      attributes: 'userName,active',
    });

    expect(page).toMatchObject({ totalResults: 4, startIndex: 2, itemsPerPage: 2 });
    expect(page.Resources.map((user: object) => Object.keys(user))).toEqual(
      [
        ['schemas', 'id', 'active', 'userName'],
        ['schemas', 'id', 'active', 'userName'],
      ].map((keys) => expect.arrayContaining(keys)),
    );
    expect(page.Resources.map((user: { userName: string }) => user.userName)).toEqual([
      'bob@example.com',
      'admin@example.com',
    ]);
    expect((await list({ startIndex: '99' })).Resources).toEqual([]);
    expect((await list({ excludedAttributes: 'emails,groups' })).Resources[0]).not.toHaveProperty('emails');
  });

  it('patches what is named and leaves the rest', async () => {
    const id = ids['ada@example.com'];
    const patch = (Operations: object[]) =>
      workspace.send('PATCH', `${SCIM}/Users/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations,
      });
    await patch([
      { op: 'add', path: 'entitlements', value: [{ value: 'workspace-access' }, { value: 'allow-cluster-create' }] },
      { op: 'replace', path: 'name.familyName', value: 'King' },
    ]);
    await patch([
      { op: 'remove', path: 'entitlements[value eq "workspace-access"]' },
      { op: 'replace', value: { displayName: 'Countess' } },
    ]);
    const user = (await workspace.send('GET', `${SCIM}/Users/${id}`)).json;

    expect(user).toMatchObject({
      userName: 'ada@example.com',
      displayName: 'Countess',
      name: { givenName: 'Ada', familyName: 'King' },
      entitlements: [{ value: 'allow-cluster-create' }],
      active: true,
    });
    const wrong = await patch([{ op: 'replace', path: 'shoeSize', value: 5 }]);
    expect([wrong.status, wrong.json.detail]).toEqual([400, expect.stringContaining("'shoeSize'")]);
    expect((await patch([{ op: 'move', path: 'displayName' }])).json.detail).toContain('add, remove, replace');
  });

  it('ignores a change of name and e-mail in PUT, and replaces the rest', async () => {
    const id = ids['bob@example.com'];
    await workspace.send('PUT', `${SCIM}/Users/${id}`, { userName: 'new@example.com', displayName: 'Robert' });

    const user = (await workspace.send('GET', `${SCIM}/Users/${id}`)).json;
    expect(user).toMatchObject({
      userName: 'bob@example.com',
      displayName: 'Robert',
      emails: [{ value: 'bob@example.com' }],
    });
    expect(user).not.toHaveProperty('name');
  });

  it('keeps members of groups, which users show', async () => {
    const group = (
      await workspace.send('POST', `${SCIM}/Groups`, {
        displayName: 'team',
        members: [{ value: ids['ada@example.com'] }],
      })
    ).json;
    const patch = (Operations: object[]) => workspace.send('PATCH', `${SCIM}/Groups/${group.id}`, { Operations });
    await patch([
      { op: 'add', path: 'members', value: [{ value: ids['bob@example.com'] }, { value: ids['ada@example.com'] }] },
    ]);
    const both = (await workspace.send('GET', `${SCIM}/Groups/${group.id}`)).json;
    await patch([{ op: 'remove', path: `members[value eq "${ids['ada@example.com']}"]` }]);
    const bob = (await workspace.send('GET', `${SCIM}/Users/${ids['bob@example.com']}`)).json;

    expect(both).toMatchObject({
      displayName: 'team',
      meta: { resourceType: 'WorkspaceGroup' },
      members: [{ display: 'Countess' }, { display: 'Robert', $ref: `Users/${ids['bob@example.com']}` }],
    });
    expect(bob.groups).toEqual([{ display: 'team', type: 'direct', value: group.id, $ref: `Groups/${group.id}` }]);
    expect((await workspace.send('DELETE', `${SCIM}/Users/${ids['bob@example.com']}`)).status).toBe(204);
    expect((await workspace.send('GET', `${SCIM}/Groups/${group.id}`)).json).not.toHaveProperty('members');
    expect((await workspace.send('DELETE', `${SCIM}/Groups/${group.id}`)).text).toBe('');
  });

  it.each([
    ['POST', 'Users', {}, 400, 'userName'],
    ['POST', 'Users', { userName: 'ada@example.com' }, 409, 'already exists'],
    ['POST', 'Users', { userName: 'not an address' }, 400, 'e-mail'],
    ['POST', 'Users', { userName: 'x@y.z', age: 5 }, 400, "Unknown field 'age'"],
    ['POST', 'Groups', { displayName: 'admins' }, 409, 'already exists'],
    ['POST', 'Groups', {}, 400, 'displayName'],
    ['GET', 'Users/404', undefined, 404, 'not found'],
    ['PATCH', 'Groups/404', { Operations: [] }, 404, 'not found'],
  ])('answers %s %s %j with %d', async (method, path, body, status, text) => {
    const reply = await workspace.send(method, `${SCIM}/${path}`, body);

    expect([reply.status, reply.json.status, reply.json.detail]).toEqual([
      status,
      String(status),
      expect.stringContaining(text),
    ]);
  });

  it('lists service principals', async () => {
    const { Resources } = await list({}, 'ServicePrincipals');

    expect(Resources).toMatchObject([{ applicationId: workspace.clientId, active: true }]);
  });

  it('refuses the token of a user who is not active', async () => {
    const made = (
      await workspace.send('PATCH', `${SCIM}/Users/1000000000000001`, {
        Operations: [{ op: 'replace', path: 'active', value: false }],
      })
    ).status;

    expect([made, (await workspace.send('GET', `${SCIM}/Me`)).status]).toEqual([200, 403]);
  });
});
