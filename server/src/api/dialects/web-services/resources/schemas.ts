/**
 * What the routes take and answer, for the description of the interface (OpenAPI). Nothing is refused by it: see
 * plugin.ts. The numbers and operations of the examples work in the sandbox organization.
 */

export const tags = [
  { name: 'agent session', description: 'Web Services v2: who is logged in, and what state an agent is in' },
  { name: 'agent calls', description: 'Web Services v2: the calls of an agent, and what can be done with them' },
  { name: 'agent devices', description: 'Web Services v2: the phones of an agent' },
  { name: 'agent settings', description: 'Web Services v2: what is the same for everybody' },
  {
    name: 'notifications',
    description:
      'Be told live what happens: by CometD (Bayeux 1.0, long-polling and WebSocket) at `/api/v2/notifications`, or by this stream',
  },
] as const;

type Tag = (typeof tags)[number]['name'];

/** HTTP Basic on any request begins a session; its cookie is enough from then on. */
const security = [{ basic: [] }];

const text = { type: 'string' } as const;
const integer = { type: 'integer' } as const;

const refusal = (description: string, statusCode: number, statusMessage: string) => ({
  description,
  type: 'object',
  properties: { statusCode: integer, statusMessage: text },
  required: ['statusCode', 'statusMessage'],
  examples: [{ statusCode, statusMessage }],
});

const errors = {
  400: refusal(
    '1: a parameter is missing; 2: not in the current state; 10: a parameter cannot be understood.',
    2,
    'Retrieve is not possible while the call is Established.',
  ),
  403: refusal('20: no login; 3: forbidden, also without CSRF token; 5: a feature is missing.', 20, 'Access denied'),
  404: refusal('6: there is no such thing, or it is somebody else’s.', 6, 'There is no such call.'),
  429: refusal(
    '20: too many failed logins, see `Retry-After`; 4: too much at once.',
    20,
    'Too many failed logins; try again in 60 s.',
  ),
  500: refusal('4: it could not be done.', 4, "Device '15000' is not registered."),
  503: refusal('4: not now.', 4, 'The server takes no new calls.'),
} as const;

const answered = (description: string, properties: object, example: object) => ({
  description,
  type: 'object',
  properties: { statusCode: { const: 0 }, ...properties },
  examples: [{ statusCode: 0, ...example }],
});

const fields = {
  ...text,
  description: '`*`, or names of fields. A list without it is answered as addresses (`uris`).',
  examples: ['*'],
};

const subresources = (names: readonly string[]) => ({
  ...text,
  description: `\`*\`, or some of: ${names.join(', ')}. They are embedded.`,
  examples: ['*'],
});

interface Read {
  readonly tag: Tag;
  readonly summary: string;
  readonly name: string;
  readonly example: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly subresources?: readonly string[];
}

/** A GET of a resource, or of a list of them. */
export function reading({ tag, summary, name, example, params, subresources: names }: Read) {
  return {
    tags: [tag],
    summary,
    security,
    ...inPath(params),
    querystring: {
      type: 'object',
      properties: { fields, ...(names === undefined ? {} : { subresources: subresources(names) }) },
    },
    response: {
      200: answered(
        'As it is now.',
        { [name]: Array.isArray(example) ? { type: 'array', items: {} } : { type: 'object' } },
        {
          [name]: example,
        },
      ),
      ...errors,
    },
  };
}

interface Operate {
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly operations: readonly string[];
  readonly properties?: object;
  readonly examples: readonly object[];
  readonly params?: Readonly<Record<string, string>>;
}

/** A POST of an operation. */
export function operating({ tag, summary, description, operations, properties, examples, params }: Operate) {
  return {
    tags: [tag],
    summary,
    description,
    security,
    ...inPath(params),
    body: {
      type: 'object',
      required: ['operationName'],
      properties: { operationName: { enum: operations }, ...properties },
      examples,
    },
    response: { 200: answered('Accepted; what comes of it is a notification.', {}, {}), ...errors },
  };
}

function inPath(params: Readonly<Record<string, string>> | undefined) {
  if (params === undefined) return {};
  const properties = Object.fromEntries(
    Object.entries(params).map(([name, example]) => [name, { ...text, examples: [example] }]),
  );
  return { params: { type: 'object', properties } };
}
