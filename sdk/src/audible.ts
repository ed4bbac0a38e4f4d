/** What browsers take for a wish of the user. */
const gestures = ['pointerup', 'touchend', 'click', 'keydown'] as const;

/**
 * Plays. Browsers let a page be heard only once its user has done something in it, and forget that when it is loaded
 * again: then it is heard with what the user does next. `held`: whether that is waited for. The function that it gives
 * ends the waiting.
 */
export function playWhenAllowed(audio: HTMLAudioElement, held: (held: boolean) => void = () => {}): () => void {
  let waiting = false;
  let over = false;
  const wait = (is: boolean) => {
    if (is === waiting) return;
    waiting = is;
    for (const gesture of gestures) {
      if (is) document.addEventListener(gesture, play, { capture: true });
      else document.removeEventListener(gesture, play, { capture: true });
    }
    held(is);
  };
  const play = () => {
    audio.play()?.then(
      () => wait(false),
      (error: DOMException) => wait(!over && error.name === 'NotAllowedError'),
    );
  };
  play();
  return () => {
    over = true;
    wait(false);
  };
}
