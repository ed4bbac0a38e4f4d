import { useId } from 'react';
import type { Microphone } from '../../line/microphone.ts';
import { Dialog } from '../../look/dialog.tsx';
import { Select } from '../../look/select.tsx';
import { useWords } from '../../words/meet.ts';
import { LevelMeter } from './level-meter.tsx';

export function MicrophoneChoice({ microphone }: { readonly microphone: Microphone }) {
  const words = useWords();
  const id = useId();
  const { stream, devices, deviceId, trouble, choose } = microphone;
  if (trouble !== null && stream === null) {
    return (
      <div className="field">
        <span className="label">{words.microphone}</span>
        <p className="warning" role="status">
          {words[trouble]}
        </p>
      </div>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>{words.microphone}</label>
      <select
        id={id}
        value={deviceId}
        disabled={devices.length === 0}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {devices.length === 0 ? <option value="">{words.opening}</option> : null}
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label || words.defaultMicrophone}
          </option>
        ))}
      </select>
      {trouble === null ? null : (
        <p className="warning" role="status">
          {words.microphoneKept}
        </p>
      )}
      {stream === null ? null : <LevelMeter stream={stream} />}
      <p className="hint">{words.levelHint}</p>
    </div>
  );
}

interface SoundDialogProps {
  readonly microphone: Microphone;
  readonly loudspeaker: string;
  readonly onLoudspeaker: (deviceId: string) => void;
  readonly onClose: () => void;
}

/** In the meeting: another microphone, another loudspeaker. What is chosen holds at once. */
export function SoundDialog({ microphone, loudspeaker, onLoudspeaker, onClose }: SoundDialogProps) {
  const words = useWords();
  const known = microphone.loudspeakers.map(({ id, label }) => ({ value: id, text: label || words.loudspeaker }));
  const options = known.some(({ value }) => value === 'default')
    ? known
    : [{ value: '', text: words.defaultLoudspeaker }, ...known];
  const chosen = options.some(({ value }) => value === loudspeaker) ? loudspeaker : (options[0]?.value ?? '');
  return (
    <Dialog title={words.sound} onClose={onClose}>
      <MicrophoneChoice microphone={microphone} />
      {known.length === 0 ? (
        <p className="hint">{words.loudspeakerFixed}</p>
      ) : (
        <Select label={words.loudspeaker} value={chosen} options={options} onChoose={onLoudspeaker} />
      )}
      <div className="answers">
        <button type="button" className="primary" onClick={onClose}>
          {words.done}
        </button>
      </div>
    </Dialog>
  );
}
