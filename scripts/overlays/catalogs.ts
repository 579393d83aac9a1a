import type { OverlayGroup } from '../generate/overlay.ts';
import { CATALOG } from './options.ts';
import { tokenPages } from './paging.ts';
import { nameTaken, UNITY_FIELDS, unityErrors } from './unity.ts';

const sales = {
  name: 'sales',
  comment: 'Orders and invoices',
  owner: 'ana@example.com',
  catalog_type: 'MANAGED_CATALOG',
  metastore_id: '11111111-2222-3333-4444-555555555555',
};

export const catalogs: OverlayGroup = {
  facts: 'catalogs',
  group: 'Catalogs',
  fields: {
    ...UNITY_FIELDS,
    name: { title: 'Catalog', description: 'Name of the catalog.', options: CATALOG },
    include_unbound: {
      title: 'Include unbound',
      description: 'Include catalogs that are not bound to this workspace.',
    },
    catalog_federation_config: {
      title: 'Federation',
      description: 'Which schemas of a foreign source the catalog shows.',
    },
    'CatalogFederationConfig.schema_filter_type': {
      title: 'Schema filter',
      description: 'Whether the listed schemas are shown, hidden, or all are shown.',
    },
    connection_name: {
      title: 'Connection',
      description: 'For a foreign catalog: the connection to the outside database.',
    },
    conversion_info: { title: 'Conversion', description: 'State of turning a foreign catalog into a standard one.' },
    'ConversionInfo.state': { title: 'State', description: 'Progress of the conversion.' },
    dr_replication_info: {
      title: 'Disaster recovery',
      description: 'How the catalog is replicated to another region.',
    },
    'DrReplicationInfo.last_failover_time_ms': {
      title: 'Last failover',
      description: 'Time of the last failover, in milliseconds since 1970.',
    },
    'DrReplicationInfo.replicated_entities': { title: 'Replicated objects', description: 'What is replicated.' },
    'DrReplicationInfo.status': {
      title: 'Role',
      description: 'Whether this copy is the primary or the secondary one.',
    },
    managed_encryption_settings: { title: 'Encryption', description: 'Keys of your own for the managed storage.' },
    'EncryptionSettings.azure_encryption_settings': {
      title: 'Azure access',
      description: 'How Azure reaches the key vault.',
    },
    'EncryptionSettings.azure_key_vault_key_id': {
      title: 'Azure key',
      description: 'ID of the key in Azure Key Vault.',
    },
    'EncryptionSettings.customer_managed_key_id': {
      title: 'Customer-managed key',
      description: 'ID of the key configuration.',
    },
    'AzureEncryptionSettings.azure_tenant_id': { title: 'Azure tenant', description: 'ID of the Entra tenant.' },
    'AzureEncryptionSettings.azure_cmk_access_connector_id': {
      title: 'Access connector',
      description: 'Resource ID of the access connector for the key.',
    },
    'AzureEncryptionSettings.azure_cmk_managed_identity_id': {
      title: 'Managed identity',
      description: 'Resource ID of the managed identity for the key.',
    },
    options: { title: 'Options', description: 'Names and values that the type of catalog requires.' },
    provider_name: { title: 'Provider', description: 'For a catalog from a share: who shares it.' },
    share_name: { title: 'Share', description: 'For a catalog from a share: the name of the share.' },
    isolation_mode: {
      title: 'Isolation',
      description: 'Whether every workspace sees the catalog, or only those it is bound to.',
    },
  },
  actions: [
    {
      name: 'query_catalogs',
      op: 'catalogs.query',
      title: 'Query Catalogs',
      description: 'Lists the catalogs of the metastore that you can see.',
      docs: 'catalogs/list',
      effect: 'safe',
      main: ['max_items'],
      ...tokenPages('catalogs', 'catalogs', {
        sizeParam: 'max_results',
        size: 1000,
        manualInputs: ['page_token', 'max_results'],
      }),
      examples: [{ title: 'All catalogs', input: {}, output: { catalogs: [sales], more: false } }],
    },
    {
      name: 'create_catalog',
      op: 'catalogs.create',
      title: 'Create Catalog',
      description: 'Creates a catalog: a standard one, or one from a share or a foreign connection.',
      docs: 'catalogs/create',
      effect: 'once',
      grants: ['CREATE CATALOG on the metastore'],
      main: ['name', 'comment', 'storage_root'],
      fields: {
        name: {
          title: 'Name',
          description: 'Unique in the metastore. Up to 255 characters.',
          schema: { minLength: 1, maxLength: 255 },
        },
      },
      errors: nameTaken('catalog'),
      examples: [
        { title: 'A standard catalog', input: { name: 'sales', comment: 'Orders and invoices' }, output: sales },
      ],
    },
    {
      name: 'retrieve_catalog',
      op: 'catalogs.retrieve',
      title: 'Retrieve Catalog',
      description: 'Gets a catalog by its name.',
      docs: 'catalogs/get',
      effect: 'safe',
      grants: ['USE CATALOG or BROWSE on the catalog'],
      main: ['name'],
      errors: unityErrors('catalog', ''),
      examples: [{ title: 'By name', input: { name: 'sales' }, output: sales }],
    },
    {
      name: 'update_catalog',
      op: 'catalogs.update',
      title: 'Update Catalog',
      description: 'Updates the given settings of a catalog; other settings do not change.',
      docs: 'catalogs/update',
      effect: 'idempotent',
      grants: ['Owner of the catalog, or metastore admin'],
      main: ['name', 'comment', 'owner', 'new_name', 'isolation_mode', 'enable_predictive_optimization'],
      errors: [...nameTaken('catalog'), ...unityErrors('catalog', '')!],
      examples: [
        {
          title: 'Change the comment',
          input: { name: 'sales', comment: 'Orders only' },
          output: { ...sales, comment: 'Orders only' },
        },
      ],
    },
    {
      name: 'delete_catalog',
      op: 'catalogs.delete',
      title: 'Delete Catalog',
      description: 'Deletes a catalog; deleting a catalog that is not empty requires force.',
      docs: 'catalogs/delete',
      effect: 'idempotent',
      grants: ['Owner of the catalog, or metastore admin'],
      main: ['name', 'force'],
      result: { name: '$input.name' },
      output: { name: { title: 'Catalog', type: 'string' } },
      errors: [
        { when: { message: 'not empty|force' }, kind: 'conflict', hint: 'Delete its schemas first, or set force.' },
        ...unityErrors('catalog', '')!,
      ],
      examples: [{ title: 'With everything in it', input: { name: 'sales', force: true }, output: { name: 'sales' } }],
    },
  ],
};
