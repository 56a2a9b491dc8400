/** Bodies that are no form, or a form of another kind than was asked for. */
import { deflateSync, gzipSync } from 'node:zlib'

export interface HostileBody {
  what: string
  headers: Record<string, string>
  body: string | Buffer
  /** Where only one answer is right. */
  status?: number
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const json = { 'Content-Type': 'application/json' }
const maxBytes = 64 * 1024
const deep = 5_000

/** What another type than a string looks like, in JSON and as forms spell it. */
const otherTypes: unknown[] = [
  1,
  0,
  -1,
  1e308,
  true,
  null,
  [],
  ['a', 'b'],
  [['a']],
  {},
  { a: 'b' },
  { toString: 'a' },
  { length: 1 },
]
const spellings = [
  '[]=a&@[]=b',
  '=a&@=b',
  '[a]=b',
  '[0]=a&@[9999]=b',
  '[length]=9',
  '[toString]=a',
  '[__proto__][polluted]=1',
  '.a=b',
  '%00=a',
  '=%ff%fe',
  '=%zz',
  '=%ed%a0%80',
  '=%00',
  '',
]

const polluting = [
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"name":{"__proto__":{"polluted":1}}}',
  '{"__proto__":null}',
  '{"hasOwnProperty":1,"toString":1,"valueOf":1,"then":1}',
]
const pollutingForms = [
  '__proto__[polluted]=1',
  '__proto__.polluted=1',
  'constructor[prototype][polluted]=1',
  '[__proto__][polluted]=1',
  'a[__proto__][polluted]=1',
  'a[constructor][prototype][polluted]=1',
  '__proto__=1&constructor=1&toString=1&hasOwnProperty=1',
]

/** @param names of the fields that a form of the server may have */
export function hostileBodies(names: readonly string[]): HostileBody[] {
  return [
    ...tooMuch(),
    ...otherTypes.map((value) => ({
      what: `fields that are ${JSON.stringify(value)}`,
      headers: json,
      body: JSON.stringify(Object.fromEntries(names.map((name) => [name, value]))),
    })),
    ...spellings.map((spelling) => ({
      what: `fields spelled ${spelling}`,
      headers: form,
      body: names.map((name) => name + spelling.replaceAll('@', name)).join('&'),
    })),
    ...polluting.map((body) => ({ what: body, headers: json, body })),
    ...pollutingForms.map((body) => ({ what: body, headers: form, body })),
    ...ofAnotherKind(),
  ]
}

/** The same in an address, where places and pages are asked for too. */
export function hostileQueries(names: readonly string[]): string[] {
  const all = [...names, 'before', 'after', 'done', 'find']
  const values = ['=-1', '=0', '=1e308', '=9007199254740993', '=NaN', '=0x10', '=%F0%9F%8D%B5', `=${'9'.repeat(300)}`]
  return [
    ...[...spellings, ...values].map((spelling) => all.map((name) => name + spelling.replaceAll('@', name)).join('&')),
    ...pollutingForms,
    'a=b&'.repeat(1_500),
    '&'.repeat(6_000),
    `before${'[a]'.repeat(1_500)}=1`,
  ]
}

function tooMuch(): HostileBody[] {
  const large = 'x'.repeat(maxBytes)
  const bomb = Buffer.alloc(10 * 1024 * 1024, 'a=b&')
  return [
    { what: 'a form that is too large', headers: form, body: `name=${large}`, status: 413 },
    { what: 'JSON that is too large', headers: json, body: JSON.stringify({ name: large }), status: 413 },
    {
      what: 'a gigabyte that is only declared',
      headers: { ...form, 'Content-Length': '1000000000' },
      body: '',
      status: 413,
    },
    {
      what: 'a form that grows when it is unpacked',
      headers: { ...form, 'Content-Encoding': 'gzip' },
      body: gzipSync(bomb),
      status: 413,
    },
    {
      what: 'JSON that grows when it is unpacked',
      headers: { ...json, 'Content-Encoding': 'deflate' },
      body: deflateSync(bomb),
      status: 413,
    },
    { what: 'what was not packed', headers: { ...form, 'Content-Encoding': 'gzip' }, body: 'name=Li' },
    { what: 'what nobody can unpack', headers: { ...form, 'Content-Encoding': 'tea' }, body: 'name=Li' },
    { what: 'ten thousand parameters', headers: form, body: 'a=b&'.repeat(10_000) },
    { what: 'ten thousand nameless parameters', headers: form, body: '&='.repeat(10_000) },
    { what: 'one parameter ten thousand times', headers: form, body: 'name[]=a&'.repeat(5_000) },
    { what: 'a deep form', headers: form, body: `name${'[a]'.repeat(deep)}=b` },
    { what: 'a deep list', headers: json, body: '['.repeat(deep) + ']'.repeat(deep) },
    { what: 'a list without an end', headers: json, body: '['.repeat(maxBytes - 1) },
    { what: 'a deep object', headers: json, body: `${'{"name":'.repeat(deep)}1${'}'.repeat(deep)}` },
  ]
}

function ofAnotherKind(): HostileBody[] {
  const texts = [
    '',
    'null',
    '[]',
    '1',
    '"x"',
    '{',
    '{}',
    '{"name":',
    '{"name":"a","name":"b"}',
    '{"name":"\\ud800"}',
    '{"name":"\\u0000"}',
    '\ufeff{"name":"Li"}',
    '<name>Li</name>',
  ]
  const types = [
    'text/plain',
    'text/html',
    'application/xml',
    'application/json; charset=tea',
    'application/json; charset=utf-16',
    'application/x-www-form-urlencoded; charset=tea',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/json-patch+json',
    'x',
    '/',
    ';',
    'application/json, application/x-www-form-urlencoded',
  ]
  return [
    ...texts.map((body) => ({ what: `JSON: ${body}`, headers: json, body })),
    ...types.map((type) => ({ what: `a type ${type}`, headers: { 'Content-Type': type }, body: '{"name":"Li"}' })),
    ...types.map((type) => ({ what: `nothing of type ${type}`, headers: { 'Content-Type': type }, body: '' })),
    { what: 'no type', headers: {}, body: 'name=Li' },
    { what: 'octets that are no text', headers: form, body: Buffer.from([0x6e, 0x3d, 0xff, 0xfe, 0x00, 0x80]) },
    { what: 'octets that are no JSON', headers: json, body: Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]) },
  ]
}
