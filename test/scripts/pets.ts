/** A small description in three versions of the format; all three say the same. */
const PET = {
  type: 'object',
  required: ['name'],
  properties: {
    id: { type: 'integer', format: 'int64', readOnly: true },
    name: { type: 'string', minLength: 1, description: 'What it is called' },
    age: { type: 'integer', minimum: 0, default: 1 },
  },
};
const INFO = { title: 'Pets', version: '1.0.0' };
const LIST = [
  { name: 'limit', in: 'query', description: 'How many', schema: { type: 'integer', maximum: 100 } },
  { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
];

export const PETS_3_1 = {
  openapi: '3.1.0',
  info: INFO,
  servers: [{ url: 'https://api.pets.example/v1/' }],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        summary: 'List pets',
        tags: ['pets'],
        parameters: LIST,
        responses: {
          200: {
            description: 'Pets',
            content: { 'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Pet' } } } },
          },
        },
      },
      post: {
        operationId: 'createPet',
        summary: 'Create a pet',
        tags: ['pets'],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
        },
        responses: {
          201: {
            description: 'Pet',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
      },
    },
    '/pets/{pet-id}': {
      parameters: [{ name: 'pet-id', in: 'path', required: true, schema: { type: 'string' } }],
      delete: {
        operationId: 'deletePet',
        summary: 'Delete a pet',
        tags: ['pets'],
        responses: { 204: { description: '' } },
      },
    },
  },
  components: {
    schemas: { Pet: PET },
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  },
} as const;

export const PETS_3_0 = { ...PETS_3_1, openapi: '3.0.3' } as const;

export const PETS_2 = {
  swagger: '2.0',
  info: INFO,
  host: 'api.pets.example',
  basePath: '/v1',
  schemes: ['https'],
  consumes: ['application/json'],
  produces: ['application/json'],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        summary: 'List pets',
        tags: ['pets'],
        parameters: LIST.map(({ schema, ...rest }) => ({ ...rest, ...schema })),
        responses: { 200: { description: 'Pets', schema: { type: 'array', items: { $ref: '#/definitions/Pet' } } } },
      },
      post: {
        operationId: 'createPet',
        summary: 'Create a pet',
        tags: ['pets'],
        parameters: [{ name: 'pet', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } }],
        responses: { 201: { description: 'Pet', schema: { $ref: '#/definitions/Pet' } } },
      },
    },
    '/pets/{pet-id}': {
      parameters: [{ name: 'pet-id', in: 'path', required: true, type: 'string' }],
      delete: {
        operationId: 'deletePet',
        summary: 'Delete a pet',
        tags: ['pets'],
        responses: { 204: { description: '' } },
      },
    },
  },
  definitions: { Pet: PET },
  securityDefinitions: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
} as const;

const PET_OUT = { id: '7', name: 'Rex', age: 3 };

/** What people decide about it. */
export const OVERLAY = {
  connector: {
    id: 'pets',
    version: 1,
    title: 'Pets',
    connection: { type: 'object', additionalProperties: false, properties: {} },
    base_urls: { api: { url: 'https://api.pets.example/v1' } },
    auth: [
      {
        id: 'api_key',
        title: 'API key',
        kind: 'api_key',
        fields: {
          type: 'object',
          required: ['key'],
          additionalProperties: false,
          properties: { key: { title: 'Key', type: 'string', writeOnly: true } },
        },
        send: { headers: { 'x-key': '{auth.key}' } },
      },
    ],
  },
  actions: {
    list_pets: {
      operation: 'GET /pets',
      title: 'List Pets',
      description: 'Lists pets.',
      group: 'Pets',
      effect: 'safe',
      without: ['X_Trace'],
      fields: { limit: { title: 'Max pets' } },
      examples: [{ title: 'All', input: { limit: 10 }, output: [PET_OUT] }],
    },
    create_pet: {
      operation: 'createPet',
      title: 'Create Pet',
      description: 'Creates a pet.',
      group: 'Pets',
      effect: 'once',
      examples: [{ title: 'A dog', input: { name: 'Rex', age: 3 }, output: PET_OUT }],
    },
    delete_pet: {
      operation: 'deletePet',
      title: 'Delete Pet',
      description: 'Deletes a pet.',
      group: 'Pets',
      effect: 'idempotent',
      destructive: true,
      examples: [{ title: 'By ID', input: { pet_id: '7' }, output: {} }],
    },
  },
} as const;
