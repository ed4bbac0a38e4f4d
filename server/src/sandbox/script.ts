import type { Behaviour, Step } from './behaviour.ts';
import type { IncomingCall } from './incoming-call.ts';

/** Does what the number that was dialled does, step by step, until the end of the script or of the call. */
export async function behave(
  call: IncomingCall,
  behaviour: Behaviour,
  uriOf: (number: string) => string,
): Promise<void> {
  call.treatment = { quiet: behaviour.quiet === true, reliable: behaviour.reliable === true };
  if (behaviour.reliable === true && !call.supportsReliable) {
    call.refuse(421, undefined, [['Require', '100rel']]);
    return;
  }
  for (const step of behaviour.steps) {
    if (call.state === 'ended') return;
    await perform(call, step, uriOf);
  }
}

async function perform(call: IncomingCall, step: Step, uriOf: (number: string) => string): Promise<void> {
  switch (step.do) {
    case 'ring':
      call.ring();
      await call.pause(step.ms);
      return;
    case 'early':
      call.early(step.sound);
      await call.pause(step.ms);
      return;
    case 'answer':
      call.answer();
      if (call.state !== 'connected') await Promise.race([call.answered, call.ended]).catch(() => {});
      return;
    case 'refuse':
      call.refuse(step.status);
      return;
    case 'redirect':
      call.refuse(302, undefined, [['Contact', `<${uriOf(step.to)}>`]]);
      return;
    case 'wait':
      await call.pause(step.ms);
      return;
    case 'play':
      await call.play(step.sound);
      return;
    case 'press':
      // A caller who takes no digits gets none.
      await call.press(step.digits).catch(() => {});
      return;
    case 'echo':
      call.echo();
      return;
    case 'record':
      await Promise.race([call.hearsSilence(step.silentMs, step.mostMs), call.ended]).catch(() => {});
      return;
    case 'badNetwork':
      call.useBadNetwork(step);
      return;
    case 'hangUp':
      call.hangUp();
      return;
    case 'vanish':
      call.vanish();
      return;
    default:
      step satisfies never;
  }
}
