import { memo, useCallback, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Chip, Empty } from '../../../look/card.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { follow } from '../../../look/route.ts';
import { useToast } from '../../../look/toast.tsx';
import { When } from '../../../look/when.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords } from '../../../words/console-call.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import './calls.css';
import { Confirm } from '../confirm.tsx';
import { Levels } from './levels.ts';
import { LiveCalls } from './live-calls.tsx';
import { there } from './there.ts';
import { type LiveConference, type LiveConnection, useLive } from './use-live.ts';

type Act = (method: 'PATCH' | 'DELETE', path: string, body?: object) => Promise<void>;

/** Of one conference, before the others are asked for. */
const mostPeople = 24;

/** The running conferences with who is in them, how loud everybody is, and what a moderator could do. */
export function LiveConferences() {
  const words = useCallWords();
  const say = useToast();
  const { ask } = useAdministration();
  const [levels] = useState(() => new Levels());
  const { conferences, reload } = useLive(levels);
  const act = useCallback<Act>(
    async (method, path, body) => {
      try {
        await ask(method, `/conferences/live/${path}`, body);
      } catch (error) {
        say((error instanceof Refusal && error.message) || words.refused, 'bad');
      }
      reload();
    },
    [ask, reload, say, words.refused],
  );
  return (
    <>
      <Heading text={words.live} />
      {conferences === null ? (
        <Loading />
      ) : conferences.length === 0 ? (
        <Empty title={words.noLive} hint={words.noLiveHint} />
      ) : (
        <>
          <p className="soft">{words.callsRunning(conferences.length)}</p>
          <div className="live-list">
            {conferences.map((one) => (
              <Conference key={one.id} conference={one} levels={levels} act={act} />
            ))}
          </div>
        </>
      )}
      <LiveCalls />
    </>
  );
}

interface ConferenceProps {
  readonly conference: LiveConference;
  readonly levels: Levels;
  readonly act: Act;
}

const Conference = memo(function Conference({ act, conference, levels }: ConferenceProps) {
  const words = useCallWords();
  const { since } = useConsoleWords();
  const [ending, setEnding] = useState(false);
  const [whole, setWhole] = useState(false);
  const [leaving, setLeaving] = useState<LiveConnection | null>(null);
  const { conference: settings, connections, id, locked, recording, waiting } = conference;
  const name = settings === null ? id : words.conference(settings.name, `${settings.extension}*${settings.number}`);
  return (
    <section className="card live-card" aria-label={name}>
      <div className="card-head">
        <h2>
          <a href={`/console/calls/${id}`} onClick={follow}>
            {name}
          </a>
        </h2>
        <span className="soft">
          {since} <When at={conference.createdAt} /> · {words.people(connections.length)}
        </span>
      </div>
      <span className="acts-row">
        {locked ? <Chip tone="warn">{words.locked}</Chip> : null}
        {waiting ? <Chip>{words.waiting}</Chip> : null}
        {recording ? <Chip tone="live">{words.recorded}</Chip> : null}
      </span>
      <ul className="live-people">
        {(whole ? connections : connections.slice(0, mostPeople)).map((one) => (
          <li key={one.id}>
            <span
              className={`live-level${one.talking ? ' talks' : ''}`}
              ref={(element) => levels.meter(one.id, element)}
              aria-hidden="true"
            />
            <span className="live-name">
              {one.device.name === '' ? one.device.number : one.device.name}{' '}
              <span className="soft">{one.device.name === '' ? '' : one.device.number}</span>
            </span>
            {there[one.state] === undefined ? null : <Chip>{words.legend[there[one.state]!]}</Chip>}
            {one.role === 'participant' ? null : (
              <Chip>{words.roles[one.role as keyof typeof words.roles] ?? one.role}</Chip>
            )}
            {there[one.state] === 'ringing' ? null : (
              <Button
                small
                kind="bare"
                icon={one.muted ? 'microphoneOff' : 'microphone'}
                aria-label={`${one.muted ? words.unmute : words.mute}: ${one.device.name || one.device.number}`}
                aria-pressed={one.muted}
                onPress={() => void act('PATCH', `${id}/participants/${one.id}`, { muted: !one.muted })}
              />
            )}
            <Button
              small
              kind="bare"
              icon="remove"
              aria-label={`${words.remove}: ${one.device.name || one.device.number}`}
              onPress={() => setLeaving(one)}
            />
          </li>
        ))}
      </ul>
      {whole || connections.length <= mostPeople ? null : (
        <Button small onPress={() => setWhole(true)}>
          {words.showOthers(connections.length - mostPeople)}
        </Button>
      )}
      <div className="acts-row">
        <Button small icon={locked ? 'unlock' : 'lock'} onPress={() => void act('PATCH', id, { locked: !locked })}>
          {locked ? words.unlock : words.lock}
        </Button>
        <Button small icon="record" onPress={() => void act('PATCH', id, { recording: !recording })}>
          {recording ? words.stopRecording : words.record}
        </Button>
        <Button small kind="risky" icon="leave" onPress={() => setEnding(true)}>
          {words.end}
        </Button>
      </div>
      {ending ? (
        <Confirm
          question={words.endSure}
          answer={words.end}
          onNo={() => setEnding(false)}
          onYes={() => {
            setEnding(false);
            void act('DELETE', id);
          }}
        />
      ) : null}
      {leaving === null ? null : (
        <Confirm
          question={words.removeSure(leaving.device.name || leaving.device.number)}
          answer={words.remove}
          onNo={() => setLeaving(null)}
          onYes={() => {
            setLeaving(null);
            void act('DELETE', `${id}/participants/${leaving.id}`);
          }}
        />
      )}
    </section>
  );
});
