import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import { newSide } from '../ice-names.ts';
import { attributeOf, attributes, isProven, readStun, type StunAttribute, writeStun } from '../stun-message.ts';
import { isNamed, mappedAddress, requestAs, responseAs } from './check-translation.ts';

const random = new SeededRandom(9);
const [one, other, newOne, newOther] = [newSide(random), newSide(random), newSide(random), newSide(random)];
const softwareAttribute = 0x8022;

/** Attributes that a translation must not touch, of any kind and length. */
function untouched(): StunAttribute[] {
  const known = [attributes.useCandidate, attributes.controlled, 0x802a, 0xc057, 0xc061];
  return known.slice(random.int(3)).map((type) => ({ type, value: random.bytes(random.int(30)) }));
}

test('a request is another one’s: by its name, proven by its password, preferred where asked for, all else as it was', () => {
  for (let round = 0; round < 200; round++) {
    const transaction = random.bytes(12);
    const rest = untouched();
    const priority = { type: attributes.priority, value: random.bytes(4) };
    const name = { type: attributes.username, value: Buffer.from(`${one.ufrag}:${other.ufrag}`) };
    const asked = [...rest.slice(0, 2), name, priority, ...rest.slice(2)];
    const request = readStun(writeStun(0x0001, transaction, asked, one.pwd))!;
    assert.ok(isNamed(request, one, other) && !isNamed(request, other, one) && !isNamed(request, newOne, other));
    for (const preferred of [true, false]) {
      const translated = readStun(requestAs(request, newOne, newOther, preferred))!;
      assert.ok(isNamed(translated, newOne, newOther));
      assert.ok(isProven(translated, newOne.pwd) && !isProven(translated, one.pwd));
      assert.deepEqual([translated.type, translated.transaction], [0x0001, transaction]);
      const expected = asked.map(({ type, value }) => {
        if (type === attributes.username) return { type, value: Buffer.from(`${newOne.ufrag}:${newOther.ufrag}`) };
        return type === attributes.priority && preferred
          ? { type, value: Buffer.from('7fffffff', 'hex') }
          : { type, value };
      });
      assert.deepEqual(translated.attributes, expected);
    }
  }
});

test('a response is by another one, to another address; an error without proof stays without', () => {
  for (let round = 0; round < 200; round++) {
    const transaction = random.bytes(12);
    const rest = untouched();
    const seen = { address: round % 2 === 0 ? '192.0.2.1' : '2001:db8::7', port: 1 + random.int(65_535) };
    const mapped = (address: string, port: number) => ({
      type: attributes.xorMappedAddress,
      value: mappedAddress({ address, port }, transaction),
    });
    const said = [mapped('127.0.0.1', 40_000), ...rest];
    const response = readStun(writeStun(0x0101, transaction, said, one.pwd))!;
    const translated = readStun(responseAs(response, newOne, seen))!;
    assert.ok(isProven(translated, newOne.pwd) && !isProven(translated, one.pwd));
    assert.deepEqual([translated.type, translated.transaction], [0x0101, transaction]);
    assert.deepEqual(translated.attributes, [mapped(seen.address, seen.port), ...rest]);

    const error = readStun(writeStun(0x0111, transaction, rest, null))!;
    const passed = readStun(responseAs(error, newOne, seen))!;
    assert.deepEqual([passed.type, passed.attributes, passed.signed], [0x0111, rest, null]);
  }
});

test('addresses are crossed as in RFC 5769, §2.2 and §2.3', () => {
  const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
  const rows = [
    ['192.0.2.1', '0001a147e112a643'],
    ['::ffff:192.0.2.1', '0001a147e112a643'],
    ['2001:db8:1234:5678:11:2233:4455:6677', '0002a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
  ] as const;
  for (const [address, value] of rows) {
    assert.equal(mappedAddress({ address, port: 32_853 }, transaction).toString('hex'), value, address);
  }
});

test('a request that has no name, or one that only begins so, is nobody’s', () => {
  const named = (name: string | null) => {
    const software = { type: softwareAttribute, value: Buffer.from('x') };
    const rest = name === null ? [] : [{ type: attributes.username, value: Buffer.from(name) }];
    return readStun(writeStun(0x0001, Buffer.alloc(12), [software, ...rest], one.pwd))!;
  };
  for (const name of [
    null,
    '',
    one.ufrag,
    `${one.ufrag}:`,
    `${one.ufrag}:${other.ufrag}x`,
    `${other.ufrag}:${one.ufrag}`,
  ]) {
    assert.equal(isNamed(named(name), one, other), false, String(name));
  }
  assert.ok(isNamed(named(`${one.ufrag}:${other.ufrag}`), one, other));
  assert.equal(attributeOf(named(null), softwareAttribute)?.toString(), 'x');
});
