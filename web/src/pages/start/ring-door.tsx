import { useState } from 'react';
import { curl } from '../../line/curl.ts';
import { Button } from '../../look/button.tsx';
import { Select } from '../../look/select.tsx';
import { useToast } from '../../look/toast.tsx';
import { useStartWords } from '../../words/start.ts';
import { type Demo, invitationOf, ring } from './demo.ts';
import { Door } from './door.tsx';
import type { Happening } from './happenings.ts';
import { visitorName } from './join-door.tsx';
import { Request } from './request.tsx';
import type { DemoHere } from './use-demo.ts';
import type { Room } from './use-room.ts';

interface RingDoorProps {
  readonly room: Room;
  readonly here: DemoHere;
  readonly demo: Demo;
  readonly happenings: readonly Happening[];
}

/** A number, by the interface of applications. Who rings it is in the conference first, to see what becomes of it. */
export function RingDoor({ room, here, demo, happenings }: RingDoorProps) {
  const words = useStartWords();
  const say = useToast();
  const numbers = demo.numbers
    .filter(({ number }) => !number.includes('…'))
    .map((one) => dialled({ ...one, does: words.sandboxDoes(one.number) ?? one.does }));
  const [number, setNumber] = useState('2025550101');
  const [busy, setBusy] = useState(false);
  /** What was rung last, and since when. */
  const [rang, setRang] = useState<{ readonly number: string; readonly at: number } | null>(null);
  const invitation = invitationOf(demo.conference, number);
  const press = async () => {
    setBusy(true);
    try {
      const { token } = await here.session();
      if (!room.inside) {
        const refusal = await room.enter(visitorName);
        if (refusal !== null) throw refusal;
      }
      const at = Date.now();
      await ring(invitation, token);
      setRang({ number, at });
    } catch (error) {
      say(words.refused((error as Error).message), 'bad');
    }
    setBusy(false);
  };
  // Beside the button too: on a phone what happens is far below.
  const became = happenings.find(({ at, who }) => rang !== null && who === rang.number && at >= rang.at);
  const token = here.shownToken ?? '$TOKEN';
  return (
    <Door icon="number" title={words.ring.title} text={words.ring.text} open={rang !== null && room.inside}>
      <Select
        label={words.ring.number}
        value={number}
        options={numbers.map((one) => ({ value: one.number, text: `${one.number} ${one.does}` }))}
        onChoose={setNumber}
      />
      <div className="acts-row">
        <Button kind="primary" icon="phone" busy={busy} onPress={() => void press()}>
          {rang === null ? words.ring.do : words.ring.again}
        </Button>
      </div>
      {rang === null || !room.inside ? null : (
        <p className={became?.bad === true ? 'error' : 'hint'}>{became?.text ?? words.ring.rings(rang.number)}</p>
      )}
      <Request
        requests={[
          {
            label: words.ring.do,
            text: curl(invitation.path, invitation.body, [`-H "Authorization: Bearer ${token}"`]),
          },
        ]}
        {...(here.shownToken === null ? { from: words.tokenFrom } : {})}
      />
    </Door>
  );
}

/** `n` stands for how many seconds: two are enough to see it. */
function dialled({ number, does }: Demo['numbers'][number]): Demo['numbers'][number] {
  return {
    number: number.replace(/n$/, '2'),
    does: does.replace(/ n (?=seconds|Sekunden)/, ' 2 '),
  };
}
