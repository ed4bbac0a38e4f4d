import type { Codec } from '../../../audio/codec.ts';

/** What packets are made of: a codec, and milliseconds of sound in each. Of the same format there is one object. */
export interface OutputFormat {
  readonly codec: Codec;
  readonly ptime: number;
}

const formats = new Map<Codec, Map<number, OutputFormat>>();

export function outputFormat(codec: Codec, ptime: number): OutputFormat {
  const ofCodec = formats.get(codec) ?? new Map<number, OutputFormat>();
  formats.set(codec, ofCodec);
  const format = ofCodec.get(ptime) ?? { codec, ptime };
  ofCodec.set(ptime, format);
  return format;
}
