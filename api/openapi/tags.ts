/** What each group of operations is about. */
export const TAGS: Record<string, string> = {
  Operation: 'Health, metrics, and this description.',
  Catalogue: 'Connectors with their actions and triggers.',
  'Linked accounts': 'Customers or teams whose workspaces are connected.',
  Authentications: 'Stored credentials of a linked account.',
  'Connect links': 'Pages on which end users connect a workspace.',
  'OAuth apps': 'Applications through which people sign in.',
  Logins: 'Sign-in of a person.',
  Runs: 'Executions of actions and workflows.',
  Workflows: 'A trigger and steps, in versions.',
  Approvals: 'Decisions of people about runs that wait for them.',
  Cursors: 'How far triggers have read, and what is delivered again.',
  'Incoming webhooks': 'URLs that start workflows.',
  'API keys': 'Keys of a tenant and their roles.',
  Tenant: 'The organization that owns an API key.',
  Audit: 'Who changed what.',
  Events: 'What happens, as a stream, as a list, and to webhook endpoints.',
};
