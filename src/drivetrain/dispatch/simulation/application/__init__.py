"""Driving a platform with a city that is made up."""
