import type { ActionManifest } from '../../connector/manifest.ts';
import type { OverlayGroup } from '../generate/overlay.ts';
import { DIRECTORY, OBJECT } from './options.ts';

const report = { object_id: '1234567890123456', object_type: 'NOTEBOOK', language: 'PYTHON', path: '/Shared/report' };
const READ = ['Can read on the object'];
const MISSING: NonNullable<ActionManifest['errors']> = [
  { when: { code: ['RESOURCE_DOES_NOT_EXIST'] }, kind: 'not_found', hint: 'Check the path; capitals matter.' },
];
const TOO_LARGE: NonNullable<ActionManifest['errors']> = [
  {
    when: { code: ['MAX_NOTEBOOK_SIZE_EXCEEDED', 'MAX_READ_SIZE_EXCEEDED'] },
    kind: 'invalid',
    hint: 'At most 10 MB; export the parts, or use a volume.',
  },
];
const PATH_OUTPUT = { path: { title: 'Path', type: 'string' } };

export const workspace: OverlayGroup = {
  facts: 'workspace',
  group: 'Workspace',
  fields: {
    path: {
      title: 'Path',
      description: 'Absolute path in the workspace.',
      options: OBJECT,
      schema: { minLength: 1 },
      examples: ['/Shared/report'],
    },
    notebooks_modified_after: {
      title: 'Modified after',
      description: 'Only notebooks changed since then, in milliseconds since 1970.',
      schema: { minimum: 0 },
    },
    recursive: {
      title: 'With contents',
      description: 'Deletes a directory that is not empty; not all at once, so that a failure may leave a part.',
      schema: { default: null },
    },
    format: {
      title: 'Format',
      description: 'SOURCE when left out; directories only as DBC, SOURCE or AUTO.',
      schema: { default: null },
    },
    outputs: { title: 'Notebook outputs', description: 'Whether the results of a notebook are exported with it.' },
    content: { title: 'Content (base64)', description: 'At most 10 MB as base64.' },
    language: { title: 'Language', description: 'Needed for a single file as SOURCE.' },
    overwrite: { title: 'Overwrite', description: 'Replaces what is there; not with DBC.', schema: { default: null } },
  },
  actions: [
    {
      name: 'import_workspace',
      op: 'workspace.import',
      code: true,
      title: 'Import Workspace',
      description: 'Imports a notebook, a file or a directory archive of at most 10 MB into the workspace.',
      docs: 'workspace/import',
      effect: 'once',
      grants: ['Can edit on the directory'],
      main: ['path', 'text', 'content', 'artifact', 'format', 'language', 'overwrite'],
      fields: {
        format: {
          title: 'Format',
          description: 'SOURCE when left out; AUTO tells notebooks and files apart by name and header.',
        },
      },
      own: {
        text: {
          title: 'Text',
          description: 'Content as text; this, base64 or an artifact.',
          type: 'string',
          'x-ui': { widget: 'textarea' },
        },
        artifact: {
          title: 'Artifact',
          description: 'ID of an artifact with the content.',
          type: 'string',
          minLength: 1,
          'x-ui': { widget: 'file' },
        },
      },
      rules: {
        description: 'Give one of text, content and artifact.',
        oneOf: [{ required: ['text'] }, { required: ['content'] }, { required: ['artifact'] }],
      },
      ownOutput: true,
      output: {
        ...PATH_OUTPUT,
        bytes: { title: 'Bytes', description: 'Size of the content before base64.', type: 'integer' },
      },
      errors: [
        {
          when: { code: ['RESOURCE_ALREADY_EXISTS'] },
          kind: 'conflict',
          hint: 'Turn overwrite on, or choose another path.',
        },
        { when: { code: ['RESOURCE_DOES_NOT_EXIST'] }, kind: 'not_found', hint: 'Create the directory first.' },
        {
          when: { code: ['INVALID_PARAMETER_VALUE'] },
          kind: 'invalid',
          hint: 'Format and content may not fit together; AUTO usually helps.',
        },
        ...TOO_LARGE,
      ],
      examples: [
        {
          title: 'A Python notebook from text',
          input: {
            path: '/Shared/hello',
            format: 'SOURCE',
            language: 'PYTHON',
            text: '# Databricks notebook source\nprint(1)\n',
            overwrite: true,
          },
          output: { path: '/Shared/hello', bytes: 38 },
        },
      ],
    },
    {
      name: 'export_workspace',
      op: 'workspace.export',
      title: 'Export Workspace',
      description: 'Exports a notebook, a file or a directory, 10 MB at most.',
      docs: 'workspace/export',
      effect: 'safe',
      grants: READ,
      main: ['path', 'format'],
      shape: 'workspace_export',
      output: {
        content: { title: 'Content', description: 'As base64.', type: 'string', default: '' },
        text: { title: 'Text', description: 'The content as text, when it is UTF-8.', type: 'string' },
      },
      errors: [...MISSING, ...TOO_LARGE],
      examples: [
        {
          title: 'The source of a notebook',
          input: { path: '/Shared/report', format: 'SOURCE' },
          output: {
            content: 'IyBEYXRhYnJpY2tzIG5vdGVib29rIHNvdXJjZQpwcmludCgxKQo=',
            text: '# Databricks notebook source\nprint(1)\n',
            file_type: 'py',
          },
        },
      ],
    },
    {
      name: 'list_workspace',
      op: 'workspace.list',
      title: 'List Workspace',
      description: 'Lists what is in a directory, all at once and one level deep.',
      docs: 'workspace/list',
      effect: 'safe',
      grants: READ,
      main: ['path'],
      fields: {
        path: {
          title: 'Directory',
          description: 'Absolute path in the workspace; / is the root.',
          options: DIRECTORY,
          examples: ['/Shared'],
          schema: { minLength: 1 },
        },
      },
      errors: MISSING,
      examples: [{ title: 'A directory', input: { path: '/Shared' }, output: { objects: [report] } }],
    },
    {
      name: 'retrieve_object_status',
      op: 'workspace.retrieveObjectStatus',
      title: 'Retrieve Object Status',
      description: 'Reads type, ID and language of one object or directory.',
      docs: 'workspace/getstatus',
      effect: 'safe',
      grants: READ,
      main: ['path'],
      errors: MISSING,
      examples: [{ title: 'A notebook', input: { path: '/Shared/report' }, output: report }],
    },
    {
      name: 'delete_workspace',
      op: 'workspace.delete',
      title: 'Delete Workspace',
      description: 'Deletes an object, or a directory with what is in it; it cannot be brought back.',
      docs: 'workspace/delete',
      effect: 'idempotent',
      grants: ['Can manage on the object'],
      main: ['path', 'recursive'],
      result: { path: '$input.path' },
      output: PATH_OUTPUT,
      errors: [
        {
          when: { code: ['DIRECTORY_NOT_EMPTY'] },
          kind: 'conflict',
          hint: 'Turn on "With contents", or delete what is in it first.',
        },
        ...MISSING,
      ],
      examples: [{ title: 'A notebook', input: { path: '/Shared/hello' }, output: { path: '/Shared/hello' } }],
    },
    {
      name: 'query_directories',
      op: 'workspace.queryDirectories',
      title: 'Query Directories',
      description: 'Lists what is in a directory, or the object itself when the path is not a directory.',
      docs: 'workspace/list',
      effect: 'safe',
      grants: READ,
      main: ['path'],
      errors: MISSING,
      examples: [{ title: 'A directory', input: { path: '/Shared' }, output: { objects: [report] } }],
    },
    {
      name: 'create_directory',
      op: 'workspace.createDirectory',
      title: 'Create Directory',
      description: 'Creates a directory and those above it; one that is there already is no error.',
      docs: 'workspace/mkdirs',
      effect: 'idempotent',
      grants: ['Can edit on the directory above it'],
      main: ['path'],
      fields: {
        path: {
          title: 'Directory',
          description: 'Absolute path in the workspace.',
          options: DIRECTORY,
          examples: ['/Shared/reports'],
          schema: { minLength: 1 },
        },
      },
      result: { path: '$input.path' },
      output: PATH_OUTPUT,
      errors: [
        {
          when: { code: ['RESOURCE_ALREADY_EXISTS'] },
          kind: 'conflict',
          hint: 'A file or notebook is in the way; choose another path.',
        },
      ],
      examples: [
        {
          title: 'With its parents',
          input: { path: '/Shared/reports/2026' },
          output: { path: '/Shared/reports/2026' },
        },
      ],
    },
  ],
};
