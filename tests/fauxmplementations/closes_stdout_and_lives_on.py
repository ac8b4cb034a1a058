import os
import sys
import threading

sys.stdin.readline()
os.close(1)
threading.Event().wait()
