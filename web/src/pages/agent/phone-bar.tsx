import { useState } from 'react';
import type { Desk } from '../../line/agent/desk.ts';
import type { DeskActions } from '../../line/agent/use-desk.ts';
import { Button } from '../../look/button.tsx';
import { LateSelect, Select } from '../../look/select.tsx';
import { useToast } from '../../look/toast.tsx';
import { useAgentWords } from '../../words/agent.ts';
import type { Operate } from './dial-form.tsx';
import { useBrowserPhone } from './use-browser-phone.ts';

interface PhoneBarProps {
  readonly desk: Desk;
  readonly actions: DeskActions;
  readonly operate: Operate;
}

const states = ['Ready', 'NotReady', 'AuxWork', 'AfterCallWork', 'Offline'];

/** The agent's state, and which phone is theirs. */
export function PhoneBar({ desk, actions, operate }: PhoneBarProps) {
  const words = useAgentWords();
  const say = useToast();
  const phone = useBrowserPhone(
    () => say(words.phoneOver, 'bad'),
    () => Object.values(actions.api.csrf)[0],
  );
  const { devices } = desk;
  const [wanted, setWanted] = useState('');
  const [busy, setBusy] = useState(false);
  const device = devices.find(({ phoneNumber }) => phoneNumber === wanted) ?? devices[0];
  if (device === undefined) return null;
  const { userState, phoneNumber, deviceState } = device;
  const now = userState.workMode ?? (userState.state === 'LoggedOut' ? 'Offline' : userState.state);
  const here = phone.state !== 'off' && phone.number === phoneNumber;
  const use = async () => {
    setBusy(true);
    try {
      await phone.register(phoneNumber);
      await operate('/me', 'StartContactCenterSession', { channels: ['voice'] });
    } catch (error) {
      say(words.refused((error as Error).message), 'bad');
    }
    setBusy(false);
    actions.read();
  };
  return (
    <div className="card phone-bar">
      <LateSelect
        label={words.state}
        value={states.includes(now) ? now : 'LoggedIn'}
        options={[...states, ...(states.includes(now) ? [] : ['LoggedIn'])].map((one) => ({
          value: one,
          text: words.states[one] ?? one,
        }))}
        onChoose={(state) => operate('/me/channels/voice', state)}
      />
      {devices.length > 1 ? (
        <Select
          label={words.phone}
          value={phoneNumber}
          options={devices.map((one) => ({ value: one.phoneNumber, text: one.phoneNumber }))}
          onChoose={setWanted}
          disabled={phone.state !== 'off'}
        />
      ) : null}
      <p className="phone-state" role="status">
        <span className={deviceState === 'Active' || here ? 'lamp good' : 'lamp bad'} aria-hidden="true" />
        {phone.state === 'lost'
          ? words.phoneLost
          : here
            ? words.phoneHere(phoneNumber)
            : deviceState === 'Active'
              ? words.phoneElsewhere(phoneNumber)
              : words.noPhone(phoneNumber)}
      </p>
      {phone.state === 'off' ? (
        <Button kind="primary" icon="browser" busy={busy} onPress={() => void use()}>
          {words.useBrowser}
        </Button>
      ) : (
        <span className="acts-row">
          <Button onPress={phone.unregister}>{words.stopBrowser}</Button>
          <Button
            icon={phone.muted ? 'microphoneOff' : 'microphone'}
            aria-pressed={phone.muted}
            onPress={() => phone.mute(!phone.muted)}
          >
            {words.microphoneOff}
          </Button>
        </span>
      )}
      {phone.state !== 'off' && !phone.speaks ? (
        <p className="warning" role="status">
          {words.noMicrophone}
        </p>
      ) : null}
      {phone.held ? (
        <p className="warning" role="status">
          {words.held}
        </p>
      ) : null}
    </div>
  );
}
