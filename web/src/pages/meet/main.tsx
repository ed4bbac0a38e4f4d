import { showPage } from '../../look/page.tsx';
import { meetWords } from '../../words/meet.ts';
import { App } from './app.tsx';
import './meet.css';

void showPage(meetWords, <App />);
