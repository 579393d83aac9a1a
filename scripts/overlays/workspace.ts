import type { ActionManifest } from '../../connector/manifest.ts';
import type { OverlayGroup } from '../generate/overlay.ts';
import { DIRECTORY, OBJECT } from './options.ts';

const report = { object_id: '1234567890123456', object_type: 'NOTEBOOK', language: 'PYTHON', path: '/Shared/report' };
const READ = ['Can read on the object'];
const MISSING: NonNullable<ActionManifest['errors']> = [
  { when: { code: ['RESOURCE_DOES_NOT_EXIST'] }, kind: 'not_found', hint: 'Check the path. It is case-sensitive.' },
];
const TOO_LARGE: NonNullable<ActionManifest['errors']> = [
  {
    when: { code: ['MAX_NOTEBOOK_SIZE_EXCEEDED', 'MAX_READ_SIZE_EXCEEDED'] },
    kind: 'invalid',
    hint: 'The limit is 10 MB. Export parts of it, or use a volume.',
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
      description: 'Only notebooks modified after this time, in milliseconds since 1970.',
      schema: { minimum: 0 },
    },
    recursive: {
      title: 'Recursive',
      description:
        'Deletes a directory with its contents. The deletion is not atomic: after a failure, some contents can remain.',
      schema: { default: null },
    },
    format: {
      title: 'Format',
      description: 'Default: SOURCE. Directories can only be exported as DBC, SOURCE or AUTO.',
      schema: { default: null },
    },
    outputs: { title: 'Notebook outputs', description: 'Whether the results of a notebook are exported with it.' },
    content: { title: 'Content (base64)', description: 'Up to 10 MB as base64.' },
    language: { title: 'Language', description: 'Required for a single file with the format SOURCE.' },
    overwrite: {
      title: 'Overwrite',
      description: 'Replaces an existing object. Not supported with DBC.',
      schema: { default: null },
    },
  },
  actions: [
    {
      name: 'import_workspace',
      op: 'workspace.import',
      code: true,
      title: 'Import Workspace',
      description: 'Imports a notebook, a file or a directory archive of up to 10 MB into the workspace.',
      docs: 'workspace/import',
      effect: 'once',
      grants: ['Can edit on the directory'],
      main: ['path', 'text', 'content', 'artifact', 'format', 'language', 'overwrite'],
      fields: {
        format: {
          title: 'Format',
          description: 'Default: SOURCE. AUTO distinguishes notebooks and files by name and header.',
        },
      },
      own: {
        text: {
          title: 'Text',
          description: 'Content as text. Use text, base64 or an artifact.',
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
        description: 'Specify one of text, content and artifact.',
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
          hint: 'Turn on overwrite, or choose a different path.',
        },
        { when: { code: ['RESOURCE_DOES_NOT_EXIST'] }, kind: 'not_found', hint: 'Create the directory first.' },
        {
          when: { code: ['INVALID_PARAMETER_VALUE'] },
          kind: 'invalid',
          hint: 'The format may not match the content. Try AUTO.',
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
      description: 'Exports a notebook, a file or a directory of up to 10 MB.',
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
      description: 'Lists the contents of a directory, one level deep, in a single response.',
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
      description: 'Gets the type, ID and language of an object or directory.',
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
      description: 'Deletes an object, or a directory with its contents, permanently.',
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
          hint: 'Turn on "Recursive", or delete what is in it first.',
        },
        ...MISSING,
      ],
      examples: [{ title: 'A notebook', input: { path: '/Shared/hello' }, output: { path: '/Shared/hello' } }],
    },
    {
      name: 'query_directories',
      op: 'workspace.queryDirectories',
      title: 'Query Directories',
      description: 'Lists the contents of a directory, or the object itself if the path is not a directory.',
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
      description: 'Creates a directory and its parent directories; an existing directory is not an error.',
      docs: 'workspace/mkdirs',
      effect: 'idempotent',
      grants: ['Can edit on the parent directory'],
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
          hint: 'A file or notebook with this path exists. Choose a different path.',
        },
      ],
      examples: [
        {
          title: 'With parent directories',
          input: { path: '/Shared/reports/2026' },
          output: { path: '/Shared/reports/2026' },
        },
      ],
    },
  ],
};
