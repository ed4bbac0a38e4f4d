/** The calls of the C library for sockets, on 64-bit Linux. They give -1 where they fail. */
export interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  bind(socket: number, address: Uint8Array, length: number): number;
  setOption(socket: number, level: number, option: number, value: Uint8Array, length: number): number;
  close(file: number): number;
}

/**
 * These calls, and the library for others. Rejects where there is no such library, or not the binary of ours that calls
 * it.
 */
export async function loadSocketCalls() {
  const { default: koffi } = await import('koffi');
  const lib = koffi.load('libc.so.6');
  const calls: SocketCalls = {
    socket: lib.func('int socket(int, int, int)'),
    bind: lib.func('int bind(int, void *, uint32_t)'),
    setOption: lib.func('int setsockopt(int, int, int, void *, uint32_t)'),
    close: lib.func('int close(int)'),
  };
  return { koffi, lib, calls };
}
