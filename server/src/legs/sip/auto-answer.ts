/**
 * Headers by which phones answer a call without their user, where they are set to obey. There is no one way:
 * `answer-after` is what most desk phones know, `alert-autoanswer` the others; RFC 5373 has Answer-Mode. Whoever knows
 * none of them rings.
 *
 *   Call-Info: <sip:example.test>;answer-after=0
 *   Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0
 *   Answer-Mode: Auto
 */
export function autoAnswerHeaders(domain: string): readonly (readonly [string, string])[] {
  return [
    ['Call-Info', `<sip:${domain}>;answer-after=0`],
    ['Alert-Info', '<http://127.0.0.1>;info=alert-autoanswer;delay=0'],
    ['Answer-Mode', 'Auto'],
  ];
}
