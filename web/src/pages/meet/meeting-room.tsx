import { type Ref, useEffect, useRef, useState } from 'react';
import { selfOf } from '../../line/meeting-state.ts';
import type { Microphone } from '../../line/microphone.ts';
import type { Participant } from '../../line/protocol.ts';
import type { Meeting, MeetingActions } from '../../line/use-meeting.ts';
import { Icon, type IconName } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';
import { Alone } from './alone.tsx';
import { Chat } from './chat.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { ModerationBar } from './moderation-bar.tsx';
import { Notices } from './notices.tsx';
import { ParticipantCard } from './participant-card.tsx';
import { PendingList } from './pending-list.tsx';
import { RecordDialog } from './record-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { RoomHeader } from './room-header.tsx';
import { SoundDialog } from './sound-choice.tsx';

interface MeetingRoomProps {
  readonly meeting: Meeting;
  readonly actions: MeetingActions;
  /** Its stream is null where there is nothing to mute. */
  readonly microphone: Microphone;
  readonly loudspeaker: string;
  readonly onLoudspeaker: (deviceId: string) => void;
}

/** Where the chat has a place beside the people; elsewhere it covers them. */
const roomForChat = '(min-width: 60rem)';

type Open =
  | { readonly is: 'invite' | 'leave' | 'record' | 'sound' }
  | { readonly is: 'remove'; readonly one: Participant };

/** In the meeting. */
export function MeetingRoom({ meeting, actions, microphone, loudspeaker, onLoudspeaker }: MeetingRoomProps) {
  const words = useWords();
  const { state, line, muted, trouble } = meeting;
  const speaks = microphone.stream !== null;
  const self = selfOf(state);
  const moderates = self?.role === 'moderator';
  const [chatOpen, setChatOpen] = useState(() => window.matchMedia(roomForChat).matches);
  // As one did; not where the window became wide enough for it.
  const [chatAsked, setChatAsked] = useState(false);
  const chatControl = useRef<HTMLButtonElement>(null);
  const [read, setRead] = useState(0);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const received = state.chat.filter(({ own }) => !own).length;
  const unread = chatOpen ? 0 : received - read;
  const raised = self?.handRaised === true;

  useEffect(() => {
    const room = window.matchMedia(roomForChat);
    const changed = () => setChatOpen(room.matches);
    room.addEventListener('change', changed);
    return () => room.removeEventListener('change', changed);
  }, []);

  useEffect(() => {
    if (chatOpen) setRead(received);
  }, [chatOpen, received]);

  const toggleMute = () => actions.setMuted(!muted);
  const toggleHand = () => void actions.ask({ do: raised ? 'lowerHand' : 'raiseHand' });
  const toggleChat = () => {
    setChatAsked(!chatOpen);
    setChatOpen(!chatOpen);
    // What had the focus may be gone with it.
    if (chatOpen) chatControl.current?.focus();
  };
  useShortcuts(
    new Map([
      ['KeyM', () => speaks && toggleMute()],
      ['KeyH', toggleHand],
      ['KeyC', toggleChat],
    ]),
  );

  return (
    <div className={chatOpen ? 'room with-chat' : 'room'}>
      <RoomHeader state={state} meetingId={meeting.entry.meetingId} />

      <Notices meeting={meeting} quiet={open !== null} />

      <main className="stage">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where nobody can be moderated, it is scrolled by keyboard alone */}
        <section className="people" aria-labelledby="people-title" tabIndex={0}>
          <div className="people-head">
            <h2 id="people-title">
              {words.people} <span className="count">{words.inMeeting(state.participants.length)}</span>
            </h2>
            {moderates ? (
              <ModerationBar
                state={state}
                onCommand={(command) => void actions.ask(command)}
                onInvite={() => setOpen({ is: 'invite' })}
                onRecord={() => setOpen({ is: 'record' })}
              />
            ) : null}
          </div>
          {moderates && state.pending.length > 0 ? (
            <PendingList pending={state.pending} onCommand={(command) => void actions.ask(command)} />
          ) : null}
          {state.waiting ? <p className="warning">{words.waiting}</p> : null}
          <ul className="persons">
            {state.participants.map((one) => (
              <ParticipantCard
                key={one.id}
                one={one.id === state.self ? { ...one, muted } : one}
                own={one.id === state.self}
                moderates={moderates}
                onMute={(wanted) => void actions.ask({ do: wanted ? 'mute' : 'unmute', participant: one.id })}
                onRemove={() => setOpen({ is: 'remove', one })}
              />
            ))}
          </ul>
          {state.participants.length === 1 && !state.waiting ? <Alone /> : null}
        </section>
        {chatOpen ? (
          <Chat
            lines={state.chat}
            others={state.participants.filter(({ id }) => id !== state.self)}
            onSend={(text, to) => actions.ask({ do: 'chat', text, ...(to === null ? {} : { to }) })}
            onClose={toggleChat}
            takesFocus={chatAsked}
          />
        ) : null}
      </main>

      <p className="unseen" role="status">
        {unread > 0 ? words.unread(unread) : ''}
      </p>
      <footer className="controls">
        {speaks ? (
          <Control
            icon={muted ? 'microphoneOff' : 'microphone'}
            label={muted ? words.unmute : words.mute}
            look={muted ? 'off' : ''}
            shortcut="Alt+M"
            onPress={toggleMute}
          />
        ) : null}
        <Control
          icon="hand"
          label={raised ? words.lowerHand : words.raiseHand}
          look={raised ? 'raised' : ''}
          shortcut="Alt+H"
          onPress={toggleHand}
        />
        <Control
          icon="chat"
          control={chatControl}
          label={words.chat}
          pressed={chatOpen}
          badge={unread}
          shortcut="Alt+C"
          onPress={toggleChat}
        />
        <Control icon="settings" label={words.sound} onPress={() => setOpen({ is: 'sound' })} />
        <Control icon="leave" label={words.leave} look="leave" onPress={() => setOpen({ is: 'leave' })} />
      </footer>

      {open?.is === 'invite' ? (
        <InviteDialog
          trouble={trouble}
          onInvite={(address) => actions.ask({ do: 'invite', address })}
          onClose={close}
        />
      ) : null}
      {open?.is === 'record' ? (
        <RecordDialog
          onRecord={(name) => void actions.ask({ do: 'record', ...(name === '' ? {} : { name }) })}
          onClose={close}
        />
      ) : null}
      {open?.is === 'sound' ? (
        <SoundDialog microphone={microphone} loudspeaker={loudspeaker} onLoudspeaker={onLoudspeaker} onClose={close} />
      ) : null}
      {open?.is === 'remove' ? (
        <RemoveDialog
          one={open.one}
          onRemove={() => void actions.ask({ do: 'remove', participant: open.one.id })}
          onClose={close}
        />
      ) : null}
      {open?.is === 'leave' ? (
        <LeaveDialog
          mayEndForAll={moderates && line === 'in'}
          onEndForAll={() => void actions.ask({ do: 'terminate' })}
          onLeave={actions.leave}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly look?: string;
  readonly pressed?: boolean;
  readonly badge?: number;
  readonly shortcut?: string;
  readonly onPress: () => void;
  readonly control?: Ref<HTMLButtonElement>;
}

function Control({ control, icon, label, look = '', pressed, badge = 0, shortcut, onPress }: ControlProps) {
  const words = useWords();
  return (
    <button
      ref={control}
      type="button"
      className={`control ${look}`}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? undefined : `${label} (${shortcut})`}
      onClick={onPress}
    >
      <span className="disc">
        <Icon name={icon} />
        {badge > 0 ? (
          <span className="badge">
            <span aria-hidden="true">{badge}</span>
            <span className="unseen">, {words.unread(badge)}</span>
          </span>
        ) : null}
      </span>
      <span className="under">{label}</span>
    </button>
  );
}

/** With Alt, wherever the focus is. */
function useShortcuts(shortcuts: ReadonlyMap<string, () => unknown>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const act = event.altKey && !event.ctrlKey && !event.metaKey ? shortcuts.get(event.code) : undefined;
      if (act === undefined || event.repeat) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });
}
