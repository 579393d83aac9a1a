import { ConnectorError } from '../../connector/errors.ts';
import { printAnswer } from '../answer.ts';
import type { Json } from '../client.ts';
import { type Call, type CommandSpec, option, optionList } from '../command.ts';
import { confirmLoss, YES_OPTION } from '../confirm.ts';
import { asOperator } from '../operator.ts';
import { note, print } from '../shell.ts';
import { table, time } from '../table.ts';

/** Tenants are an operator's: no API key of a tenant but the first reaches beyond its own. They are read and made on REDIS_URL. */
export const TENANT_COMMANDS: readonly CommandSpec[] = [
  { usage: 'tenants list', isDefault: true, text: 'List the tenants on REDIS_URL, newest first', run: list },
  {
    usage: 'tenants create <name>',
    text: 'Create a tenant on REDIS_URL; its first admin key is shown only once',
    examples: ['npx penstock tenants create "Acme Ltd"'],
    run: create,
  },
  {
    usage: 'tenants create-key <tenant>',
    text: 'Create another admin key for a tenant, for example when its keys were lost',
    run: addKey,
  },
  {
    usage: 'tenants suspend <tenant>',
    text: 'Suspend a tenant: its keys, sessions and links are refused, and nothing of it starts',
    options: [{ flags: '--reason <text>', text: 'reason for the suspension' }],
    run: suspend,
  },
  { usage: 'tenants resume <tenant>', text: 'Resume a tenant and start the runs that waited', run: resume },
  {
    usage: 'tenants delete <tenant>',
    text: 'Delete a tenant with everything that it has; if interrupted, repeat it',
    options: [YES_OPTION],
    run: remove,
  },
  {
    usage: 'tenants update <tenant>',
    text: 'Set quotas of a tenant on REDIS_URL and show its usage',
    options: [
      {
        flags: '--quota <name=n>',
        text: 'quota and limit, or NAME=default (repeatable)',
        isList: true,
      },
    ],
    examples: ['npx penstock tenants update tnt_… --quota workflows=100 --quota streams=20'],
    run: set,
  },
];

async function list(call: Call): Promise<void> {
  const { listTenants } = await import('../../engine/access/create-tenant.ts');
  const found = await asOperator(call, listTenants);
  printAnswer(call, { ...found } as Json, () => {
    const rows = found.items.map(({ id, name, status, created_at }) => [id, name, status, time(created_at)]);
    for (const line of table(call.shell, ['ID', 'NAME', 'STATUS', 'CREATED'], rows)) print(call.shell, line);
    for (const { message } of found.unreadable ?? []) note(call.shell, message);
  });
}

async function create(call: Call): Promise<void> {
  const { createTenant } = await import('../../engine/access/create-tenant.ts');
  const made = await asOperator(call, (ctx, actor) => createTenant(ctx, actor, call.args[0]!));
  printAnswer(call, made as Json, () => {
    note(call.shell, `Created ${made.name} (${made.id}). Its admin key is shown only once:`);
    print(call.shell, made.api_key.key);
  });
}

async function addKey(call: Call): Promise<void> {
  const { addAdminKey } = await import('../../engine/access/create-tenant.ts');
  const made = await asOperator(call, (ctx, actor) => addAdminKey(ctx, actor, call.args[0]!));
  printAnswer(call, made as Json, () => {
    note(call.shell, `${made.name} (${made.id}), ${made.role}. The key is shown only once:`);
    print(call.shell, made.key);
  });
}

async function suspend(call: Call): Promise<void> {
  await turn(call, { suspended: true, reason: option(call, 'reason') });
}

async function resume(call: Call): Promise<void> {
  await turn(call, { suspended: false });
}

async function turn(call: Call, change: { suspended: boolean; reason?: string | undefined }): Promise<void> {
  const [{ setSuspended }, { summaryOf }, { wakePaused }] = await Promise.all([
    import('../../engine/access/suspension.ts'),
    import('../../engine/access/create-tenant.ts'),
    import('../../engine/runs/paused-runs.ts'),
  ]);
  const tenant = call.args[0]!;
  const changed = await asOperator(call, async (ctx, actor) => {
    const now = await setSuspended(ctx, actor, { tenant, ...change });
    if (!change.suspended) await wakePaused(ctx, tenant);
    return summaryOf(now);
  });
  printAnswer(call, { ...changed } as Json, () =>
    print(call.shell, `${changed.name} (${changed.id}) is ${changed.status}.`),
  );
}

async function remove(call: Call): Promise<void> {
  const { deleteTenant } = await import('../../engine/operations/delete-tenant.ts');
  const id = call.args[0]!;
  await confirmLoss(call, `Delete ${id}?`, [
    'All runs, artifacts, workflows, linked accounts and keys of the tenant are deleted. Unfinished runs are canceled.',
  ]);
  await asOperator(call, (ctx, actor) => deleteTenant(ctx, actor, id));
  printAnswer(call, {}, () => print(call.shell, `Deleted ${id}.`));
}

async function set(call: Call): Promise<void> {
  const { setQuotas } = await import('../../engine/access/set-quotas.ts');
  const quotas = Object.fromEntries(optionList(call, 'quota').map(readQuota));
  const made = await asOperator(call, (ctx, actor) => setQuotas(ctx, actor, { tenant: call.args[0]!, quotas }));
  printAnswer(call, made as unknown as Json, () => {
    const rows = Object.entries(made.quotas).map(([name, { limit, used }]) => [name, String(limit), String(used)]);
    for (const line of table(call.shell, ['QUOTA', 'LIMIT', 'USED'], rows)) print(call.shell, line);
  });
}

function readQuota(text: unknown): [name: string, limit: number | undefined] {
  const [, name, limit] = /^([a-z_]+)=(\d+|default)$/.exec(String(text)) ?? [];
  if (name === undefined || limit === undefined)
    throw new ConnectorError(
      'ERR_INPUT_INVALID',
      `--quota is "${text}"; pass NAME=N with a whole number, or NAME=default`,
    );
  return [name, limit === 'default' ? undefined : Number(limit)];
}
